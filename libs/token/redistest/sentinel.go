package redistest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	sentinels     = 3
	settleTimeout = 60 * time.Second // for servers to know each other; 3 s on an idle machine
)

// Watched is a primary with replicas, and three Sentinels of which two agree when it is gone.
type Watched struct {
	Primary   *Server
	Link      *Link // over which all of them, and clients, reach the primary; nil: they reach it directly
	Replicas  []*Server
	sentinels []*Server
}

// StartWatched starts a primary with so many replicas, which have what it has, and three Sentinels
// that know them all. A primary that does not answer for downAfter is replaced.
func StartWatched(tb testing.TB, replicas int, downAfter time.Duration) *Watched {
	tb.Helper()
	w := &Watched{Primary: Start(tb, "--repl-diskless-sync-delay", "0")}
	w.complete(tb, replicas, downAfter)
	return w
}

// StartWatchedOverALink is StartWatched with a Link.
func StartWatchedOverALink(tb testing.TB, replicas int, downAfter time.Duration) *Watched {
	tb.Helper()
	w := &Watched{Link: NewLink(tb, "")}
	host, port, _ := net.SplitHostPort(w.Link.Addr())
	w.Primary = Start(tb, "--repl-diskless-sync-delay", "0", "--replica-announce-ip", host, "--replica-announce-port", port)
	w.Link.Retarget(w.Primary.Addr())
	w.complete(tb, replicas, downAfter)
	return w
}

// complete starts the replicas and the Sentinels of the primary.
func (w *Watched) complete(tb testing.TB, replicas int, downAfter time.Duration) {
	tb.Helper()
	primary := w.address(w.Primary)
	host, port, _ := net.SplitHostPort(primary)
	for range replicas {
		w.Replicas = append(w.Replicas, Start(tb, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0"))
	}
	settle(tb, w.Primary, fmt.Sprintf("WAIT of %d replicas", replicas), func(client *redis.Client) bool {
		client.Set(tb.Context(), "in sync", "yes", 0)
		return client.Wait(tb.Context(), replicas, 100*time.Millisecond).Val() == int64(replicas)
	})
	for range sentinels {
		w.sentinels = append(w.sentinels, startSentinel(tb, primary, downAfter))
	}
	for _, s := range w.sentinels {
		settle(tb, s, "knowing the others", func(client *redis.Client) bool {
			others, _ := client.Do(tb.Context(), "SENTINEL", "SENTINELS", PrimaryName).Slice()
			known, _ := client.Do(tb.Context(), "SENTINEL", "REPLICAS", PrimaryName).Slice()
			return len(others) == sentinels-1 && len(known) == replicas
		})
	}
}

// address returns host:port by which the others know the server.
func (w *Watched) address(s *Server) string {
	if s == w.Primary && w.Link != nil {
		return w.Link.Addr()
	}
	return s.Addr()
}

// PrimaryName is by what name Sentinels know the primary.
const PrimaryName = "tokens"

// Addrs returns host:port of each Sentinel.
func (w *Watched) Addrs() []string { return addresses(w.sentinels) }

// URL returns redis+sentinel://... with the primary's name.
func (w *Watched) URL() string {
	return "redis+sentinel://" + strings.Join(w.Addrs(), ",") + "/" + PrimaryName
}

func startSentinel(tb testing.TB, primary string, downAfter time.Duration) *Server {
	tb.Helper()
	dir := tb.TempDir()
	monitored, on, _ := net.SplitHostPort(primary)
	return start(tb, dir, sentinelReady, func(host, port, log string) []string {
		file := filepath.Join(dir, "sentinel.conf") // the Sentinel writes to it
		lines := []string{
			"bind " + host, "port " + port, "dir " + dir, "logfile " + log,
			fmt.Sprintf("sentinel monitor %s %s %s %d", PrimaryName, monitored, on, sentinels/2+1),
			fmt.Sprintf("sentinel down-after-milliseconds %s %d", PrimaryName, downAfter.Milliseconds()),
			fmt.Sprintf("sentinel failover-timeout %s 5000", PrimaryName),
		}
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			tb.Fatalf("configure a Sentinel: %v", err)
		}
		return []string{file, "--sentinel"}
	})
}

// settle waits until a server is as done wants it.
func settle(tb testing.TB, s *Server, what string, done func(*redis.Client) bool) {
	tb.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Addr(), DisableIdentity: true})
	defer func() { _ = client.Close() }()
	for deadline := time.Now().Add(settleTimeout); !done(client); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("redis-server at %s: no %s after %v:\n%s", s.Addr(), what, settleTimeout, s.logged())
		}
	}
}

func addresses(servers []*Server) []string {
	all := make([]string, 0, len(servers))
	for _, s := range servers {
		all = append(all, s.Addr())
	}
	return all
}
