package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/service"
)

func main() {
	if err := run(service.Signalled(), os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "traces:", err)
		os.Exit(1)
	}
}

// run serves the page until ctx is done.
func run(ctx context.Context, args []string) error {
	var h handler
	flags := flag.NewFlagSet("traces", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:9091", "loopback `host:port` to listen on")
	api := flags.String("api", "http://127.0.0.1:8080/api/v1", "`URL` of the API, which the activity is asked of")
	credential := flags.String("credential", "var/platform-credential", "`file` of the platform's credential")
	flags.StringVar(&h.log, "log", "var/observe/allinone.log", "`file` of the log")
	traces := flags.String("traces", "var/observe/traces.jsonl", "`file` of the traces that the collector has kept, or the http:// URL of Jaeger's query service")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if where, err := netip.ParseAddrPort(*addr); err != nil || !where.Addr().IsLoopback() {
		return errors.New("-addr is a loopback address and a port, such as 127.0.0.1:9091: the page asks nobody to sign in")
	}
	h.traces = file(*traces)
	if strings.HasPrefix(*traces, "http://") {
		h.traces = jaeger(strings.TrimSuffix(*traces, "/"))
	}
	client, err := apiclient.New(apiclient.Config{BaseURL: *api, Timeout: activityTimeout, Once: true, UserAgent: "traces"})
	if err != nil {
		return err
	}
	h.api = client.As(func() (string, error) {
		secret, err := os.ReadFile(*credential)
		return strings.TrimSpace(string(secret)), err
	})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: local(h), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// local refuses requests by another name than a loopback one, so that a page of the internet cannot
// have a browser on this machine read it.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		addr, notAddr := netip.ParseAddr(host)
		if err != nil || host != "localhost" && (notAddr != nil || !addr.IsLoopback()) {
			http.Error(w, "Ask by a loopback address.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
