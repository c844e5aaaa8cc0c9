package filter

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// Bounds of one filter.
const (
	MaxBytes = 2048 // of source text
	MaxTerms = 64   // comparisons, pr among them
	MaxDepth = 16   // brackets and parentheses around one comparison
)

// Bounds of a filter that is only a list of values: value eq "1" or value eq "2". A thousand UUIDs.
const (
	MaxListBytes = 64 << 10
	MaxListTerms = 1000
)

// Parse returns the filter that src holds, its attribute paths resolved in scope and its values
// checked against the attributes' types.
//
// The grammar is that of RFC 7644 section 3.4.2.2; not binds closer than and, and closer than or.
// Keywords, operators and attribute names may be in any case, and any number of spaces is allowed
// between them. Beyond the RFC, through tol: a word without quotation marks for a string
// (UnquotedValue), other quotation marks (OtherQuotes), a string for a boolean or number
// (StringBoolean, StringNumber) and a comparison of a value path, emails[type eq "work"].value eq
// "x" (ValuePathCompared).
//
// The error, if any, is a *scim.Error, 400 invalidFilter. Its detail begins with the place in src
// where the filter goes wrong, see Place, and holds no value. Refused are
// also filters past MaxBytes, MaxTerms or MaxDepth, attributes that are never returned, since a
// filter must not reveal what a representation hides, and operators that the attribute's type does
// not have.
func Parse(src string, scope schema.Scope, tol *scim.Tolerance) (Expr, error) {
	p := parser{lexer: lexer{src: src}, tol: tol, maxBytes: MaxBytes, maxTerms: MaxTerms}
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.skip() == len(src) {
		return nil, p.fail(0, "the filter is empty.")
	}
	e, err := p.or(scope)
	if err != nil {
		return nil, err
	}
	if p.skip() < len(src) {
		return nil, p.fail(p.pos, `expected "and", "or" or the end, found %s.`, p.found())
	}
	return e, nil
}

// ParseValueFilter returns the filter of a value path, and the offset in src of what follows the
// closing bracket. The filter begins at offset from, behind the opening bracket, and speaks of the
// sub-attributes of a. Places in errors are in the whole of src; for the rest see Parse.
func ParseValueFilter(src string, from int, a *schema.Attribute, tol *scim.Tolerance) (Expr, int, error) {
	return parseValueFilter(src, from, a, tol, MaxBytes, MaxTerms)
}

// ParseValueList is ParseValueFilter for an attribute whose elements clients list by their values,
// such as the members of a group. It may have MaxListBytes and MaxListTerms; past MaxBytes or
// MaxTerms all its terms must be comparisons of value by eq, joined by or.
func ParseValueList(src string, from int, a *schema.Attribute, tol *scim.Tolerance) (Expr, int, error) {
	e, end, err := parseValueFilter(src, from, a, tol, MaxListBytes, MaxListTerms)
	if err == nil && !listsValues(e) {
		return parseValueFilter(src, from, a, nil, MaxBytes, MaxTerms) // the coercions are recorded already
	}
	return e, end, err
}

// listsValues reports whether e is comparisons of value by eq, joined by or.
func listsValues(e Expr) bool {
	for {
		either, ok := e.(*Or)
		if !ok {
			break
		}
		if !listsValues(either.Right) {
			return false
		}
		e = either.Left
	}
	c, ok := e.(*Comparison)
	return ok && c.Op == Equal && c.Path.Attribute.Name == "value"
}

func parseValueFilter(src string, from int, a *schema.Attribute, tol *scim.Tolerance, maxBytes, maxTerms int) (Expr, int, error) {
	p := parser{lexer: lexer{src: src, pos: from}, tol: tol, maxBytes: maxBytes, maxTerms: maxTerms}
	if err := p.check(); err != nil {
		return nil, 0, err
	}
	e, err := p.valueFilter(a)
	return e, p.pos, err
}

// parser is a recursive descent parser, a method for each rule of the grammar.
type parser struct {
	lexer
	tol      *scim.Tolerance
	maxBytes int
	maxTerms int
	terms    int
	depth    int
}

func (p *parser) check() error {
	if len(p.src) > p.maxBytes {
		return p.fail(p.maxBytes, "a filter may have %d bytes, this one has %d.", p.maxBytes, len(p.src))
	}
	for i, r := range p.src {
		if r == 0 || r == utf8.RuneError && !strings.HasPrefix(p.src[i:], string(utf8.RuneError)) {
			return p.fail(i, "this is not a valid UTF-8 character, or is U+0000.")
		}
	}
	return nil
}

func (p *parser) or(scope schema.Scope) (Expr, error) {
	left, err := p.and(scope)
	for err == nil && p.keyword("or") {
		var right Expr
		right, err = p.and(scope)
		left = &Or{left, right}
	}
	return left, err
}

func (p *parser) and(scope schema.Scope) (Expr, error) {
	left, err := p.term(scope)
	for err == nil && p.keyword("and") {
		var right Expr
		right, err = p.term(scope)
		left = &And{left, right}
	}
	return left, err
}

// term reads a group, a negated group, a comparison or a value path.
func (p *parser) term(scope schema.Scope) (Expr, error) {
	if p.accept('(') {
		return p.group(scope, ')')
	}
	at := p.pos
	name := p.word()
	switch {
	case name == "":
		return nil, p.fail(at, "expected an attribute, found %s.", p.found())
	case strings.EqualFold(name, "not"):
		if !p.accept('(') {
			return nil, p.fail(p.pos, `expected "(" after "not", found %s.`, p.found())
		}
		e, err := p.group(scope, ')')
		return &Not{e}, err
	}
	path, err := p.attribute(scope, name, at)
	if err != nil {
		return nil, err
	}
	if p.accept('[') {
		return p.valuePath(path, at)
	}
	return p.comparison(path, at)
}

// group reads a filter and the byte that closes it; the opening one has been read.
func (p *parser) group(scope schema.Scope, closing byte) (Expr, error) {
	open := p.pos - 1
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fail(open, "a filter may be nested %d levels deep, not more.", MaxDepth)
	}
	e, err := p.or(scope)
	if err != nil {
		return nil, err
	}
	if !p.accept(closing) {
		return nil, p.fail(p.pos, `expected "and", "or" or the %q that closes it, found %s.`, closing, p.found())
	}
	p.depth--
	return e, nil
}

// valueFilter reads the filter inside the brackets of a value path, and the closing one.
func (p *parser) valueFilter(a *schema.Attribute) (Expr, error) {
	if a.Type != schema.Complex {
		return nil, p.fail(p.pos-1, "%s has no sub-attributes by which to select.", a.Name)
	}
	return p.group(a, ']')
}

// valuePath reads what follows the opening bracket of a value path, whose attribute began at offset
// at.
func (p *parser) valuePath(path schema.Path, at int) (Expr, error) {
	a := path.Target()
	e, err := p.valueFilter(a)
	if err != nil || !p.at('.') {
		return &ValuePath{path, e}, err
	}
	p.pos++
	start := p.pos
	sub, err := p.attribute(a, p.word(), start)
	if err != nil {
		return nil, err
	}
	if err := p.accepted(scim.ValuePathCompared, path.String()+"."+sub.String(), at); err != nil {
		return nil, err
	}
	compared, err := p.comparison(sub, start)
	return &ValuePath{path, &And{e, compared}}, err
}

// comparison reads the operator, and the literal if it takes one, that follow a path which began at
// offset at.
func (p *parser) comparison(path schema.Path, at int) (Expr, error) {
	if p.terms++; p.terms > p.maxTerms {
		return nil, p.fail(at, "a filter may have %d comparisons, not more.", p.maxTerms)
	}
	opAt := p.skip()
	c := &Comparison{Path: path, Op: Op(strings.ToLower(p.word()))}
	switch c.Op {
	case Present:
		return c, nil
	case Equal, NotEqual, Contains, StartsWith, EndsWith, Greater, GreaterOrEqual, Less, LessOrEqual:
		return c, p.literal(c, at, opAt)
	default:
		p.pos = opAt
		const all = "eq, ne, co, sw, ew, pr, gt, ge, lt, le"
		return nil, p.fail(opAt, "expected an operator after %s (%s), found %s.", path, all, p.found())
	}
}

// attribute resolves a name that began at offset at.
func (p *parser) attribute(scope schema.Scope, name string, at int) (schema.Path, error) {
	path, err := scope.Resolve(name)
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		return path, p.fail(at, "%s", refused.Detail)
	}
	if err != nil {
		return path, err
	}
	if path.Attribute == nil {
		return path, p.fail(at, "%s is a schema, not an attribute.", name)
	}
	if rt, ok := scope.(*schema.ResourceType); ok {
		if c := rt.Departure(name); c != "" {
			if err := p.accepted(c, path.String(), at); err != nil {
				return path, err
			}
		}
	}
	return path, p.searchable(path, at)
}

// ErrNeverReturned is wrapped by the error of a filter on an attribute that is never returned. In a
// URL this has a rule of its own: RFC 7644 section 7.5.2.
var ErrNeverReturned = errors.New("attribute is never returned")

func (p *parser) searchable(path schema.Path, at int) error {
	for _, a := range [...]*schema.Attribute{path.Attribute, path.Sub} {
		if a != nil && (a.Returned == schema.Never || a.Mutability == schema.WriteOnly) {
			return p.fail(at, "%s cannot be searched: it is never returned.", path).Because(ErrNeverReturned)
		}
	}
	return nil
}

// accepted is Tolerance.Accept with the place in the refusal.
func (p *parser) accepted(c scim.Coercion, path string, at int) error {
	err := p.tol.Accept(c, path, scim.InvalidFilter)
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		return p.fail(at, "%s", refused.Detail)
	}
	return err
}
