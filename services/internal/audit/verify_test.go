package audit_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/devrev/scim/services/internal/audit"
)

const org = "org-a"

var admin = audit.Caller{Subject: "administrator-7", Address: "192.0.2.7", TraceID: "0af7651916cd43dd8448eb211c80319c"}

var chainTime = time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)

// drawEntry draws one with any text in its fields.
func drawEntry(r *rapid.T) audit.Entry {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "1:a,", ",", "0:,"}), rapid.String())
	return audit.Entry{
		ID: text.Draw(r, "id"), At: chainTime, Org: org, Action: audit.Action(text.Draw(r, "action")),
		TokenID: text.Draw(r, "token"), OtherID: text.Draw(r, "other"), UserID: text.Draw(r, "user"), Result: audit.Result(text.Draw(r, "result")), Once: text.Draw(r, "once"),
		Caller: audit.Caller{Subject: text.Draw(r, "actor"), Address: text.Draw(r, "address"), TraceID: text.Draw(r, "trace")},
		Changes: rapid.SliceOfN(rapid.Custom(func(r *rapid.T) audit.Change {
			return audit.Change{Member: text.Draw(r, "member"), Before: text.Draw(r, "before"), After: text.Draw(r, "after")}
		}), 0, 2).Draw(r, "changes"),
	}
}

// drawChain draws a chain of 2 to 8 entries, a minute apart, and its head.
func drawChain(r *rapid.T) (chain []audit.Entry, head audit.Head) {
	for n := range rapid.IntRange(2, 8).Draw(r, "length") {
		e := drawEntry(r)
		e.At = chainTime.Add(time.Duration(n) * time.Minute)
		e = audit.Link(head, e)
		chain, head = append(chain, e), e.Head()
	}
	return chain, head
}

func verify(chain []audit.Entry, head audit.Head) audit.Verification {
	return audit.Verify(slices.Values(chain), head, chainTime.Add(24*time.Hour))
}

func TestAChainIsIntact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		chain, head := drawChain(r)
		n := int64(len(chain))
		if v := verify(chain, head); !v.Intact || v.Entries != len(chain) || v.From != 1 || v.To != n || len(v.Faults) > 0 {
			r.Fatalf("got %+v", v)
		}
		// An entry written after the head was read is not a fault.
		earlier := chain[rapid.IntRange(0, len(chain)-1).Draw(r, "head")].Head()
		if v := verify(chain, earlier); !v.Intact {
			r.Fatalf("with an earlier head: %+v", v)
		}
	})
}

// tampering is the ways to alter a chain without recomputing all of it.
var tampering = map[string]func(r *rapid.T, chain []audit.Entry) []audit.Entry{
	"a removed entry": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		at := rapid.IntRange(0, len(chain)-1).Draw(r, "at")
		return slices.Delete(chain, at, at+1)
	},
	"a tail that was cut": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		return chain[:rapid.IntRange(0, len(chain)-1).Draw(r, "kept")]
	},
	"a beginning that was cut": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		return chain[rapid.IntRange(1, len(chain)-1).Draw(r, "removed"):]
	},
	"two entries that changed places": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		at := rapid.IntRange(0, len(chain)-2).Draw(r, "at")
		chain[at], chain[at+1] = chain[at+1], chain[at]
		return chain
	},
	"two entries that changed numbers": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		at := rapid.IntRange(0, len(chain)-2).Draw(r, "at")
		chain[at], chain[at+1] = chain[at+1], chain[at]
		chain[at].Seq, chain[at+1].Seq = chain[at+1].Seq, chain[at].Seq
		return chain
	},
	"an entry that occurs twice": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		at := rapid.IntRange(0, len(chain)-1).Draw(r, "at")
		return slices.Insert(chain, at, chain[at])
	},
	"an entry put in between": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		at := rapid.IntRange(1, len(chain)).Draw(r, "at")
		forged := audit.Link(chain[at-1].Head(), drawEntry(r))
		if at == len(chain) { // a head that was not raised is not a fault, so this one must replace the last
			at--
			forged = audit.Link(audit.Head{Seq: chain[at].Seq - 1, Hash: chain[at].Prev, At: chain[at].PrevAt}, forged)
			if forged.Hash == chain[at].Hash {
				r.Skip("the same entry")
			}
			return append(chain[:at], forged)
		}
		return slices.Insert(chain, at, forged)
	},
	"an entry that was altered and hashed again": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		at := rapid.IntRange(0, len(chain)-1).Draw(r, "at")
		e := chain[at]
		e.Caller.Subject += "x"
		chain[at] = audit.Link(audit.Head{Seq: e.Seq - 1, Hash: e.Prev, At: e.PrevAt}, e)
		return chain
	},
	"an entry without its place": func(r *rapid.T, chain []audit.Entry) []audit.Entry {
		e := drawEntry(r)
		e.At = chainTime.Add(2 * time.Hour)
		return slices.Insert(chain, 0, e)
	},
}

func TestTamperingShows(t *testing.T) {
	t.Parallel()
	for name, tamper := range tampering {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				chain, head := drawChain(r)
				if v := verify(tamper(r, chain), head); v.Intact || len(v.Faults) == 0 {
					r.Fatalf("it does not show: %+v", v)
				}
			})
		})
	}
}

// TestEveryFieldIsHashed alters each field of an entry by reflection, so that one added later is
// not forgotten.
func TestEveryFieldIsHashed(t *testing.T) {
	t.Parallel()
	e := audit.Link(audit.Head{Seq: 6, Hash: "before", At: chainTime}, audit.Entry{
		ID: "id", At: chainTime, Org: org, Changes: []audit.Change{{Member: "strict", Before: "false", After: "true"}},
	})
	fields := 0
	var alter func(at reflect.Value, path string)
	alter = func(at reflect.Value, path string) {
		for i := range at.NumField() {
			name := path + at.Type().Field(i).Name
			if name == "Hash" {
				continue
			}
			field := at.Field(i)
			before := reflect.New(field.Type()).Elem()
			before.Set(field)
			switch value := field.Addr().Interface().(type) {
			case *time.Time:
				*value = value.Add(time.Millisecond)
			case *int64:
				*value++
			case *[]audit.Change:
				for n := range *value {
					alter(field.Index(n), name+".")
				}
				*value = append(slices.Clone(*value), audit.Change{})
			default:
				if field.Kind() == reflect.Struct {
					alter(field, name+".")
					continue
				}
				field.SetString(field.String() + "x")
			}
			fields++
			if v := verify([]audit.Entry{e}, audit.Head{}); !strings.Contains(strings.Join(v.Faults, " "), "altered") {
				t.Errorf("an altered %s does not show: %v", name, v.Faults)
			}
			field.Set(before)
		}
	}
	alter(reflect.ValueOf(&e).Elem(), "")
	if fields != 21 {
		t.Errorf("%d fields were altered, want 21", fields)
	}
}

func TestNoTwoEntriesAreEncodedAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		a, b := drawEntry(r), drawEntry(r)
		if rapid.Bool().Draw(r, "move text over the border of two fields") {
			b = a
			b.TokenID, b.OtherID = a.TokenID+a.OtherID, ""
		}
		if got := audit.Link(audit.Head{}, a).Hash == audit.Link(audit.Head{}, b).Hash; got != cmp.Equal(a, b, cmpopts.EquateEmpty()) {
			r.Fatalf("%+v\n%+v\nhave the same hash: %v", a, b, got)
		}
	})
}

// TestTheEncodingStays: a chain that was written is verified by every later version.
func TestTheEncodingStays(t *testing.T) {
	t.Parallel()
	e := audit.Link(audit.Head{Seq: 1, Hash: "00", At: chainTime}, audit.Entry{
		ID: "0190a1b2-0000-7000-8000-000000000001", At: chainTime.Add(time.Second), Org: org, Action: audit.ActionRevoke, TokenID: "k3J9xQ2mZr7B",
		Result: audit.ResultBegun, Caller: admin,
	})
	// printf
	// '2:v1,2:00,13:1769846400000,1:2,36:0190a1b2-0000-7000-8000-000000000001,13:1769846401000,5:org-a,12:token.revoke,12:k3J9xQ2mZr7B,0:,0:,5:begun,0:,15:administrator-7,9:192.0.2.7,32:0af7651916cd43dd8448eb211c80319c,'
	// | sha256sum
	if want := "e95e9701f22eeb137c5c7d0c31d012ac046c755b9cf5b92be6cbc48409c117b9"; e.Hash != want {
		t.Errorf("got %s, want %s", e.Hash, want)
	}
}

func TestWhatIsTooOldMayBeMissing(t *testing.T) {
	t.Parallel()
	now := chainTime.Add(audit.Retention)
	var chain []audit.Entry
	var head audit.Head
	for _, at := range []time.Duration{-48 * time.Hour, -47 * time.Hour, -46 * time.Hour, 300 * 24 * time.Hour, 301 * 24 * time.Hour} {
		e := audit.Link(head, audit.Entry{ID: fmt.Sprint(at), At: chainTime.Add(at), Org: org})
		chain, head = append(chain, e), e.Head()
	}
	for _, tt := range []struct {
		rule    string
		chain   []audit.Entry
		missing string
	}{
		{"the beginning, if all of it is too old", chain[3:], ""},
		{"also in part", chain[1:], ""},
		{"also if an older one is still there", slices.Concat(chain[1:2], chain[3:]), ""},
		{"not one that is not too old", chain[4:], "Entries 1 to 4 are missing."},
		{"not one in the middle", slices.Concat(chain[:3], chain[4:]), "Entry 4 is missing."},
		{"not the last one", chain[:4], "Entry 5 is missing."},
		{"not all of it", nil, "Entries 1 to 5 are missing."},
	} {
		v := audit.Verify(slices.Values(tt.chain), head, now)
		if got := strings.Join(v.Faults, " "); got != tt.missing || v.Intact != (tt.missing == "") {
			t.Errorf("%s: got %q, want %q", tt.rule, got, tt.missing)
		}
	}
	if v := audit.Verify(slices.Values([]audit.Entry(nil)), head, now.Add(400*24*time.Hour)); !v.Intact {
		t.Errorf("all of it, once it is too old: got %+v", v)
	}
}

func TestEntriesFromBeforeTheChainAreReported(t *testing.T) {
	t.Parallel()
	before := []audit.Entry{{ID: "1", At: chainTime.Add(-time.Hour), Org: org}, {ID: "2", At: chainTime.Add(time.Minute), Org: org}} // by a process of before
	first := audit.Link(audit.Head{}, audit.Entry{ID: "3", At: chainTime, Org: org})
	v := verify(append(before, first), first.Head())
	if !v.Intact || v.Unchained != 2 || v.Entries != 3 || v.From != 1 || v.To != 1 {
		t.Errorf("got %+v", v)
	}
}

func TestAHeadThatIsGoneShows(t *testing.T) {
	t.Parallel()
	first := audit.Link(audit.Head{}, audit.Entry{ID: "1", At: chainTime, Org: org})
	second := audit.Link(first.Head(), audit.Entry{ID: "2", At: chainTime, Org: org})
	if v := verify([]audit.Entry{first, second}, audit.Head{}); v.Intact {
		t.Errorf("got %+v", v)
	}
	if v := verify([]audit.Entry{first}, audit.Head{}); !v.Intact {
		t.Errorf("a crash leaves the first entry without a head: got %+v", v)
	}
}

func TestFaultsAreBounded(t *testing.T) {
	t.Parallel()
	chain := make([]audit.Entry, 1000)
	for n := range chain {
		chain[n] = audit.Entry{Seq: int64(n + 1), Hash: "forged"}
	}
	v := verify(chain, audit.Head{})
	if len(v.Faults) != 21 || v.Faults[20] != "There are 1980 more faults." {
		t.Errorf("got %d: %v", len(v.Faults), v.Faults[len(v.Faults)-1])
	}
}
