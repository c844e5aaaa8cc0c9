package apiclient

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// answers is one of each type that the services' answers are read into.
var answers = []any{
	&TokenList{}, &Token{}, &Use{}, &Seen{}, &Hour{}, &Refused{}, &Verdict{}, &Issued{},
	&Terms{}, &SSO{}, &Rate{}, &Switch{}, &Status{}, &Enabled{}, &Settings{},
	&AuditPage{}, &Entry{}, &Problem{},
}

func TestWhatANewerServiceSaysGoesThrough(t *testing.T) {
	const unknown = `"unknown":{"of":["any",1.50,"shape"]}`
	for _, answer := range answers {
		fresh := func() any { return reflect.New(reflect.TypeOf(answer).Elem()).Interface() }
		first, second := fresh(), fresh()
		if err := json.Unmarshal([]byte("{"+unknown+"}"), first); err != nil {
			t.Fatalf("%T: %v", answer, err)
		}
		text, err := json.Marshal(first)
		if err != nil || strings.Count(string(text), unknown) != 1 {
			t.Errorf("%T gives %s, %v", answer, text, err)
		}
		if err := json.Unmarshal(text, second); err != nil || !reflect.DeepEqual(first, second) {
			t.Errorf("%T: %+v comes back as %+v, %v", answer, first, second, err)
		}
	}
}

func TestWhatIsKnownIsSaidOnce(t *testing.T) {
	arrived := `{"tokens":[{"id":"a","name":"Okta","verdict":{"safe":true,"reasons":["Used."],"new":1},"extra":null}],"more":"x"}`
	var list TokenList
	if err := json.Unmarshal([]byte(arrived), &list); err != nil {
		t.Fatal(err)
	}
	list.Tokens[0].Name = "Okta 2027"
	text, err := json.Marshal(list)
	want := `{"tokens":[{"id":"a","name":"Okta 2027","scopes":null,"state":"","issuedBy":"","issuedAt":"0001-01-01T00:00:00Z",` +
		`"verdict":{"safe":true,"reasons":["Used."],"new":1},"extra":null}],"more":"x"}`
	if err != nil || string(text) != want {
		t.Errorf("it is\n%s, %v, want\n%s", text, err, want)
	}
}

func TestASecretThatWasTakenOutStaysOut(t *testing.T) {
	var issued Issued
	if err := json.Unmarshal([]byte(`{"id":"a","token":"dvscim_secret","new":1}`), &issued); err != nil || issued.ID != "a" || issued.Secret != "dvscim_secret" {
		t.Fatalf("it is read as %s, %v", issued.ID, err)
	}
	issued.Secret = ""
	if text, err := json.Marshal(issued); err != nil || strings.Contains(string(text), "token") || !strings.HasSuffix(string(text), `,"new":1}`) {
		t.Errorf("it gives %s, %v", text, err)
	}
}
