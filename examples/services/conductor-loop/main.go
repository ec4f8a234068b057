// Command conductor-loop passes the intent files of a folder to a handler, each once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const name = "conductor-loop"

// version is set at link time: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without os.Exit and signals, so that tests can call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", ":8080", "`address` to listen on")
	intents := flags.String("intents", "/var/lib/intents", "`folder` with inbox, handled and failed")
	showVersion := flags.Bool("version", false, "print the version and exit")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0:
		fmt.Fprintf(stderr, "%s: wrong arguments %q, see --help\n", name, args)
		return 64 // EX_USAGE of sysexits.h
	case *showVersion:
		fmt.Fprintln(stdout, name, version)
		return 0
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr, *intents, slog.New(slog.NewJSONHandler(stderr, nil))); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

// serve works until ctx ends (no error) or a part of the service fails.
func serve(ctx context.Context, addr, intents string, log *slog.Logger) error {
	box, err := openSpool(intents)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	mux.Handle("GET /metrics", promhttp.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Info("listening", "addr", listener.Addr().String(), "intents", intents, "version", version)

	working, stop := context.WithCancelCause(ctx)
	go func() { stop(server.Serve(listener)) }()
	err = (&loop{box, logIntent, log, map[string]end{}}).run(working)
	if err == nil && ctx.Err() == nil {
		err = context.Cause(working) // the server failed
	}
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(grace) != nil {
		server.Close() // a client that never finishes must not delay the shutdown
	}
	return err
}
