package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// pageTime is how long a page of the console takes on a wiring.
type pageTime struct {
	Wiring, Page string
	Median, Max  float64 // milliseconds
	Processor    float64 // milliseconds of the programs, without the back ends
	Size         int     // bytes of its HTML
}

// What each page may cost.
const (
	pageMillis = 150
	pageBytes  = 50_000
)

// How often pages are measured, and how the organisation is filled, apart from its users; see
// crowd.go.
const (
	pageRounds = 20                     // requests of each page
	pageRest   = 150 * time.Millisecond // between two, as the services have a limit for each person
	pageGroups = 50                     // groups of a hundred members, besides the one of everybody
	pageLines  = 1500                   // changes
)

// pages measures each page of the console as an administrator sees it, one request at a time, in
// an organisation of so many users on each wiring. The error names the pages that fail, or cost too
// much.
func (s settings) pages(ctx context.Context, users int, progress io.Writer) (rows []pageTime, err error) {
	for _, wiring := range strings.Split(s.wirings, ",") {
		more, failed := s.pagesOn(ctx, wiring, users, progress)
		rows, err = append(rows, more...), errors.Join(err, failed)
	}
	for _, r := range rows {
		if r.Median >= pageMillis || r.Size >= pageBytes {
			err = errors.Join(err, fmt.Errorf("%s, %s: %.0f ms, %d bytes; a page has less than %d ms and %d bytes", r.Wiring, r.Page, r.Median, r.Size, pageMillis, pageBytes))
		}
	}
	return rows, err
}

func (s settings) pagesOn(ctx context.Context, wiring string, users int, progress io.Writer) (rows []pageTime, err error) {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	begin, ok := wirings()[wiring]
	if !ok {
		return nil, fmt.Errorf("there is no wiring %s", wiring)
	}
	var p population
	run, err := begin(ctx, folder, func(path string) (err error) {
		p.users, err = crowdInFile(ctx, path, users)
		return err
	})
	defer func() { err = errors.Join(err, run.end()) }()
	if err == nil && run.mongodb != "" {
		p.users, err = run.crowdInMongoDB(ctx, users)
	}
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(progress, "%s: %d users are there; groups and changes follow\n", wiring, users)
	if err := p.live(ctx, run.product); err != nil {
		return nil, err
	}
	admin, err := run.visitor(ctx, "administrator")
	if err != nil {
		return nil, err
	}
	paths, err := admin.paths(ctx, p)
	if err != nil {
		return nil, err
	}
	staff, err := run.visitor(ctx, "staff")
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(progress, "%s: pages\n", wiring)
	var failed error
	measure := func(v visitor, path string) {
		row, err := v.measure(ctx, path)
		failed = errors.Join(failed, err) // the others are measured all the same
		if row.Wiring = wiring; err == nil {
			rows = append(rows, row)
		}
	}
	for _, path := range paths {
		measure(admin, "o/"+organisation+"/"+path)
	}
	measure(staff, "staff")
	return rows, failed
}

// live gives the organisation groups and activity over SCIM.
func (p *population) live(ctx context.Context, t target) error {
	everybody, err := fillGroup(ctx, t, "Everybody", p.users[:min(len(p.users), mostMembers)])
	if err != nil {
		return err
	}
	p.groups = []string{everybody}
	w, err := t.worker(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { _ = w.conn.Close() }()
	for n := range pageGroups {
		var members []string
		for i := range 100 {
			members = append(members, p.users[(n*100+i)%len(p.users)].id)
		}
		id, err := w.created("/Groups", groupBody(fmt.Sprintf("Group %d", n), members...))
		if err != nil {
			return err
		}
		p.groups = append(p.groups, id)
	}
	for n := range pageLines {
		u := p.users[n*61%len(p.users)]
		if _, err := w.do(200, "PATCH", "/Users/"+u.id, patchBody("replace", "title", fmt.Sprintf("%q", fmt.Sprint("Title ", n)))); err != nil {
			return err
		}
	}
	return nil
}

// visitor is a browser that is signed in as an administrator of the organisation, or as staff.
type visitor struct {
	client   *http.Client
	origin   string
	programs []process
}

var signInForm = regexp.MustCompile(`action="(/issuer/sign-in[^"]*)"`)

func (r *running) visitor(ctx context.Context, role string) (visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return visitor{}, fmt.Errorf("make a cookie jar: %w", err)
	}
	v := visitor{&http.Client{Jar: jar, Timeout: time.Minute}, r.console, r.pages}
	page, err := v.get(ctx, "/console/")
	if err != nil {
		return v, err
	}
	form := signInForm.FindStringSubmatch(page)
	if form == nil {
		return v, errors.New("/console/ does not lead to the issuer's page")
	}
	body := url.Values{"role": {role}}
	if role != "staff" {
		body.Set("organisation", organisation)
	}
	_, err = v.send(ctx, http.MethodPost, strings.ReplaceAll(form[1], "&amp;", "&"), body.Encode())
	return v, err
}

func (v visitor) get(ctx context.Context, path string) (string, error) {
	return v.send(ctx, http.MethodGet, path, "")
}

func (v visitor) send(ctx context.Context, method, path, form string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, v.origin+path, strings.NewReader(form))
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Accept", "text/html")
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	switch away := strings.Contains(string(text), "does not answer"); {
	case err == nil && resp.StatusCode != http.StatusOK:
		err = fmt.Errorf("answered with %d", resp.StatusCode)
	case err == nil && away:
		err = errors.New("a part of the page is missing")
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", method, path, err)
	}
	return string(text), nil
}

// paths returns the pages below the organisation's.
func (v visitor) paths(ctx context.Context, p population) ([]string, error) {
	find := func(page, pattern string) (string, error) {
		text, err := v.get(ctx, "/console/o/"+organisation+"/"+page)
		if err != nil {
			return "", err
		}
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			return "", fmt.Errorf("the page %q has nothing like %s", page, pattern)
		}
		return found[1], nil
	}
	token, err := find("security", `/security/tokens/([A-Za-z0-9]+)/rotate`)
	if err != nil {
		return nil, err
	}
	entry, err := find("activity", `/activity/([A-Za-z0-9-]+)"`)
	if err != nil {
		return nil, err
	}
	next, err := find("users", `/users\?([^"]*after=[^"]*)"`)
	if err != nil {
		return nil, err
	}
	user, group := "users/"+p.users[61].id, "groups/"+p.groups[0]
	some, everybody := "group="+p.groups[1], "group="+p.groups[0]
	token = "security/tokens/" + token
	pages := []string{"", "security", "security/issue", "security/disable", token, token + "/rotate", token + "/rename", token + "/revoke"}
	pages = append(pages, "users", "users?"+strings.ReplaceAll(next, "&amp;", "&"))
	for _, state := range []string{"shadow", "active", "deactivated", "deleted"} {
		pages = append(pages, "users?state="+state)
	}
	for _, order := range []string{"userName", "displayName", "familyName", "created", "modified"} {
		pages = append(pages, "users?sort="+order, "users?sort=-"+order)
	}
	for _, q := range []string{p.users[len(p.users)/2].name, "given", "given7", "family123", "00u-user00", "user00000", "nobody"} { // each kind of term, of few and of many
		pages = append(pages, "users?q="+q)
	}
	pages = append(pages,
		"users?q=given&sort=-displayName", "users?q=user00&state=deactivated", "users?q=given7&state=deleted", "users?state=active&sort=displayName",
		"users?state=deleted&sort=modified", "users?"+some, "users?"+everybody, "users?"+everybody+"&sort=displayName", "users?"+everybody+"&state=deactivated&q=given7",
		user, user+"/email", "groups", "groups?q=group", "groups?q=nothing", "groups?sort=displayName", "groups?sort=-displayName", "groups?sort=created", "groups?sort=-modified",
		group, group+"?q=user00000", group+"?q=given", group+"?q=nobody", group+"?after="+p.users[len(p.users)/2].id, "groups/"+p.groups[1],
		"activity", "activity?effect=refused", "activity?effect=created", "activity?effect=updated", "activity?kind=sign-in", "activity?kind=change&effect=deleted",
		"activity?client=okta", "activity?client=entra", "activity?tokenId=000000000000", "activity?since=2020-01-01T00:00:00Z", "activity?user="+p.users[61].id, "activity?"+everybody,
		"activity?id=nobody", "activity/"+entry, "settings", "settings/audit", "settings/verify",
	)
	return pages, nil
}

var identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]{16,}|after=[^&]*`)

// measure asks for a page, once unmeasured.
func (v visitor) measure(ctx context.Context, path string) (pageTime, error) {
	var took []time.Duration
	size := 0
	var before time.Duration
	for n := range pageRounds + 1 {
		if n == 1 { // the first one is not measured
			var err error
			if before, err = v.spent(); err != nil {
				return pageTime{}, err
			}
		}
		time.Sleep(pageRest)
		begin := time.Now()
		text, err := v.get(ctx, "/console/"+path)
		if err != nil {
			return pageTime{}, err
		}
		size = len(text)
		if n > 0 {
			took = append(took, time.Since(begin))
		}
	}
	after, err := v.spent()
	if err != nil {
		return pageTime{}, err
	}
	slices.Sort(took)
	shown := identifier.ReplaceAllString(strings.TrimPrefix(path, "o/"+organisation), "…")
	return pageTime{
		Page: shown, Median: millis(took[len(took)/2]), Max: millis(took[len(took)-1]), Processor: millis((after - before) / pageRounds), Size: size,
	}, nil
}

// spent returns the processor time that the programs have used.
func (v visitor) spent() (all time.Duration, err error) {
	for _, p := range v.programs {
		spent, failed := p.spent()
		all, err = all+spent, errors.Join(err, failed)
	}
	return all, err
}

// printPages writes the table.
func printPages(out io.Writer, rows []pageTime) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "wiring\tpage\tmedian ms\tmax ms\tprocessor ms\tbytes")
	for _, r := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%.1f\t%.1f\t%.1f\t%d\n", r.Wiring, r.Page, r.Median, r.Max, r.Processor, r.Size)
	}
	return table.Flush()
}
