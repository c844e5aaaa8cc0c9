package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"${enum}."`
}

// completions are the scripts. Each has scimctl itself say what the word under the cursor can be,
// and offers files where that is nothing.
var completions = map[string]string{
	"bash": `# bash completion for scimctl: source <(scimctl completion bash)
_scimctl() {
	local found
	mapfile -t found < <(scimctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	COMPREPLY=("${found[@]%%$'\t'*}")
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _scimctl scimctl
`,
	"zsh": `#compdef scimctl
# zsh completion for scimctl: source <(scimctl completion zsh), after compinit
_scimctl() {
	local -a found
	found=("${(@f)$(scimctl complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	found=("${(@)found%%$'\t'*}")
	if [[ -z "${found[1]}" ]]; then
		_files
	else
		compadd -Q -a found
	fi
}
compdef _scimctl scimctl
`,
	"fish": `# fish completion for scimctl: scimctl completion fish | source
function __scimctl
	set -l words (commandline -opc)
	scimctl complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c scimctl -f -a '(__scimctl)'
complete -c scimctl -n 'test -z "$(__scimctl)"' -F
`,
}

// Run prints the script.
func (c completionCommand) Run(out *console) error {
	return out.write(completions[c.Shell])
}

type completeCommand struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The words so far; the last one is under the cursor."`
}

// Run prints what the last word can be, and behind a tab what that is for.
func (c completeCommand) Run(out *console, model *kong.Application) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	var lines strings.Builder
	for _, w := range candidates(model.Node, words) {
		lines.WriteString(w.text)
		if w.help != "" {
			lines.WriteString("\t" + w.help)
		}
		lines.WriteByte('\n')
	}
	return out.write(lines.String())
}

// candidate is what a word can be.
type candidate struct{ text, help string }

// candidates returns what the last of the words can be, in the order of help. Where any text will
// do, that is nothing.
func candidates(at *kong.Node, words []string) []candidate {
	last := ""
	if n := len(words); n > 0 {
		words, last = words[:n-1], words[n-1]
	}
	var flag *kong.Flag // whose value the next word is
	for _, word := range words {
		switch {
		case flag != nil && word == "=": // a word to bash, which parts words there
		case flag != nil:
			flag = nil
		case strings.HasPrefix(word, "-"):
			flag = takesNext(at, word)
		default:
			if child := childOf(at, word); child != nil {
				at = child
			}
		}
	}
	var all []candidate
	name, _, assigned := strings.Cut(last, "=")
	switch {
	case flag != nil:
		last = strings.TrimPrefix(last, "=")
		all = valuesOf(flag.Value, flag.PlaceHolder)
	case assigned && takesNext(at, name) != nil:
		flag = takesNext(at, name)
		for _, value := range valuesOf(flag.Value, flag.PlaceHolder) {
			all = append(all, candidate{name + "=" + value.text, value.help})
		}
	case strings.HasPrefix(last, "-"):
		all = flagsOf(at)
	default:
		all = wordsOf(at)
	}
	return slices.DeleteFunc(all, func(c candidate) bool { return !strings.HasPrefix(c.text, last) })
}

func childOf(at *kong.Node, name string) *kong.Node {
	for _, child := range at.Children {
		if child.Name == name && !child.Hidden {
			return child
		}
	}
	return nil
}

// takesNext returns the flag of this spelling whose value is the next word; nil, if there is none.
func takesNext(at *kong.Node, word string) *kong.Flag {
	for _, flags := range at.AllFlags(true) {
		for _, flag := range flags {
			if (word == "--"+flag.Name || word == "-"+string(flag.Short)) && !flag.IsBool() {
				return flag
			}
		}
	}
	return nil
}

func flagsOf(at *kong.Node) (all []candidate) {
	for _, flags := range at.AllFlags(true) {
		for _, flag := range flags {
			all = append(all, candidate{"--" + flag.Name, flag.Help})
		}
	}
	return all
}

// wordsOf returns the commands below at, or the values of its arguments.
func wordsOf(at *kong.Node) (all []candidate) {
	for _, child := range at.Children {
		if !child.Hidden {
			all = append(all, candidate{child.Name, child.Help})
		}
	}
	for _, argument := range at.Positional {
		all = append(all, valuesOf(argument, argument.Tag.PlaceHolder)...)
	}
	return all
}

// valuesOf returns the values that the command line itself knows: an enumeration, or alternatives
// that the placeholder lists. Those of a placeholder are the service's, which may know more.
func valuesOf(value *kong.Value, placeholder string) (all []candidate) {
	var texts []string
	switch {
	case value.Enum != "":
		texts = value.EnumSlice()
	case strings.Contains(placeholder, "|"):
		texts = strings.Split(placeholder, "|")
	}
	for _, text := range texts {
		if text != strings.ToUpper(text) { // which is what one is to put there
			all = append(all, candidate{text, ""})
		}
	}
	return all
}
