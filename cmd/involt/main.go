// Command involt decides who may charge where: it is the people side of an
// EV-charging network. Run it without arguments for help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"involt/internal/app"
	"involt/internal/kit/errs"

	"github.com/alecthomas/kong"
	kongtoml "github.com/alecthomas/kong-toml"
)

// commands is the command line. Each subcommand has a file of its own.
type commands struct {
	Serve   serveCmd   `cmd:"" help:"Run the server; the database is brought up to date at the start."`
	Demo    demoCmd    `cmd:"" help:"Run everything at once on an empty machine: a workspace to look at, simulated chargers, a mail catcher."`
	Admin   adminCmd   `cmd:"" help:"Invite the people who run a workspace."`
	Import  importCmd  `cmd:"" help:"Read users and cards from a file: preview, or apply."`
	Export  exportCmd  `cmd:"" help:"Write users, cards, sessions, invitations or activity to a file."`
	Decide  decideCmd  `cmd:"" help:"Ask whether a card may charge, and why."`
	Audit   auditCmd   `cmd:"" help:"Check the record of what happened."`
	Doctor  doctorCmd  `cmd:"" help:"Check configuration, database, mail and clock; say what to do."`
	Bench   benchCmd   `cmd:"" help:"Measure: floor and figure in one run."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Completion completionCmd `cmd:"" help:"Print a completion script for a shell: bash, zsh or fish."`

	Config kong.ConfigFlag `help:"TOML file with settings" env:"INVOLT_CONFIG" placeholder:"FILE"`
}

// out is where commands write, so that tests can read it.
type out struct{ stdout, stderr io.Writer }

// The exit statuses.
const (
	failed   = 1
	wrongUse = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], out{os.Stdout, os.Stderr})
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, o out) (status int) {
	if err := secretsFromFiles(); err != nil {
		fmt.Fprintln(o.stderr, "involt:", err)
		return failed
	}
	var cli commands
	var exited *int
	parser, err := kong.New(&cli,
		kong.Name("involt"), kong.Description("Who may charge where, at what price, how fast, who pays and who is paid back."),
		kong.Configuration(fileSettings), kong.Writers(o.stdout, o.stderr), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(n int) { exited = &n }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(o))
	if err != nil {
		fmt.Fprintln(o.stderr, "involt:", err)
		return failed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	line, err := parser.Parse(args)
	if exited != nil {
		return *exited // --help was answered
	}
	if err != nil {
		fmt.Fprintf(o.stderr, "involt: %s. See: involt --help\n", strings.TrimSuffix(err.Error(), "."))
		return wrongUse
	}
	if err := line.Run(parser); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(o.stderr, "involt:", sentence(err))
		if _, ok := errors.AsType[misuse](err); ok {
			return wrongUse
		}
		return failed
	}
	return 0
}

// misuse is an error of whoever typed the command: a sentence that says what to
// type instead.
type misuse string

func (m misuse) Error() string { return string(m) }

// sentence is what the user reads of an error: what it says for people, or the
// whole of it if it has nothing for people.
func sentence(err error) string {
	var lines []string
	collect(err, &lines)
	if len(lines) > 0 {
		return strings.Join(lines, "\n        ")
	}
	return err.Error()
}

// collect gathers the sentences of an error that may join several.
func collect(err error, lines *[]string) {
	switch e := err.(type) { //nolint:errorlint // the chain is walked by hand, since it may branch
	case nil:
	case *errs.Error:
		*lines = append(*lines, e.Text)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			collect(one, lines)
		}
	default:
		collect(errors.Unwrap(err), lines)
	}
}

// fileSettings reads the TOML file. A setting in the environment wins over it.
func fileSettings(r io.Reader) (kong.Resolver, error) {
	file, err := kongtoml.Loader(r)
	if err != nil {
		return nil, err
	}
	return kong.ResolverFunc(func(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range flag.Envs {
			if _, set := os.LookupEnv(name); set {
				return nil, nil
			}
		}
		return file.Resolve(ctx, parent, flag)
	}), nil
}

// secretsFromFiles reads the settings that hold secrets from the files that
// INVOLT_DATABASE_FILE, INVOLT_SMTP_FILE and INVOLT_BOUNCES_FILE name.
func secretsFromFiles() error {
	for _, name := range []string{"INVOLT_DATABASE", "INVOLT_SMTP", "INVOLT_BOUNCES"} {
		file := os.Getenv(name + "_FILE")
		if file == "" || os.Getenv(name) != "" {
			continue
		}
		text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
		if err == nil {
			err = os.Setenv(name, strings.TrimSpace(string(text)))
		}
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
	}
	return nil
}

// logTo sends the log to w: readable text on a terminal, JSON elsewhere.
func logTo(w io.Writer, level string) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: l}
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		slog.SetDefault(slog.New(slog.NewTextHandler(w, opts)))
		return
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(w, opts)))
}

func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// open opens the database and builds every part, for a command that runs and
// ends.
func open(ctx context.Context, c app.Config, o out) (*app.App, error) {
	logTo(o.stderr, c.LogLevel)
	return app.Open(ctx, c)
}
