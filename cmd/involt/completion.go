package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish"`
}

// Run prints a script that completes subcommands and flags. Load it with, for
// instance: source <(involt completion bash)
func (c *completionCmd) Run(o out, parser *kong.Kong) error { //nolint:unparam // kong wants it so
	var lines []string
	walk(parser.Model.Node, nil, func(path []string, words []string) {
		lines = append(lines, strings.Join(path, " ")+"|"+strings.Join(words, " "))
	})
	switch c.Shell {
	case "fish":
		for _, l := range lines {
			path, words, _ := strings.Cut(l, "|")
			fmt.Fprintf(o.stdout, "complete -c involt -f -n 'test (string join \" \" (commandline -opc)[2..-1] | string replace -r \" --.*\" \"\") = \"%s\"' -a '%s'\n", path, words)
		}
	default:
		if c.Shell == "zsh" {
			fmt.Fprintln(o.stdout, "autoload -U +X bashcompinit && bashcompinit")
		}
		fmt.Fprintln(o.stdout, "_involt() {\n  local path=\"\" w words=\"\"\n  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $w == -* ]] || path=\"${path:+$path }$w\"; done\n  case \"$path\" in")
		for _, l := range lines {
			path, words, _ := strings.Cut(l, "|")
			fmt.Fprintf(o.stdout, "    %q) words=%q;;\n", path, words)
		}
		fmt.Fprintln(o.stdout, "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _involt involt")
	}
	return nil
}

// walk calls do for a command and each below it, with what may follow it.
func walk(n *kong.Node, path []string, do func(path, words []string)) {
	var words []string
	for _, child := range n.Children {
		words = append(words, child.Name)
	}
	for _, f := range n.Flags {
		words = append(words, "--"+f.Name)
	}
	do(path, words)
	for _, child := range n.Children {
		walk(child, append(path[:len(path):len(path)], child.Name), do)
	}
}
