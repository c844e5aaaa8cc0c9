package apiclient

import "encoding/json"

// The types of answers keep what they do not know, see Rest.

// UnmarshalJSON keeps what it does not know.
func (i *Issued) UnmarshalJSON(data []byte) error {
	var secret struct {
		Secret Secret `json:"token"`
	}
	if err := json.Unmarshal(data, &secret); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &i.Token); err != nil {
		return err
	}
	delete(i.Rest, "token")
	i.Secret = secret.Secret
	return nil
}

// MarshalJSON gives what it did not know as well.
func (i Issued) MarshalJSON() ([]byte, error) {
	type token Token
	type known struct {
		token

		Secret Secret `json:"token,omitempty"`
	}
	return join(known{token(i.Token), i.Secret}, i.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (t *Token) UnmarshalJSON(data []byte) error {
	type known Token
	return split(data, (*known)(t), &t.Rest)
}

// MarshalJSON gives what it did not know as well.
func (t Token) MarshalJSON() ([]byte, error) {
	type known Token
	return join(known(t), t.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (t *TokenList) UnmarshalJSON(data []byte) error {
	type known TokenList
	return split(data, (*known)(t), &t.Rest)
}

// MarshalJSON gives what it did not know as well.
func (t TokenList) MarshalJSON() ([]byte, error) {
	type known TokenList
	return join(known(t), t.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (u *Use) UnmarshalJSON(data []byte) error {
	type known Use
	return split(data, (*known)(u), &u.Rest)
}

// MarshalJSON gives what it did not know as well.
func (u Use) MarshalJSON() ([]byte, error) {
	type known Use
	return join(known(u), u.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (s *Seen) UnmarshalJSON(data []byte) error {
	type known Seen
	return split(data, (*known)(s), &s.Rest)
}

// MarshalJSON gives what it did not know as well.
func (s Seen) MarshalJSON() ([]byte, error) {
	type known Seen
	return join(known(s), s.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (h *Hour) UnmarshalJSON(data []byte) error {
	type known Hour
	return split(data, (*known)(h), &h.Rest)
}

// MarshalJSON gives what it did not know as well.
func (h Hour) MarshalJSON() ([]byte, error) {
	type known Hour
	return join(known(h), h.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (r *Refused) UnmarshalJSON(data []byte) error {
	type known Refused
	return split(data, (*known)(r), &r.Rest)
}

// MarshalJSON gives what it did not know as well.
func (r Refused) MarshalJSON() ([]byte, error) {
	type known Refused
	return join(known(r), r.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (v *Verdict) UnmarshalJSON(data []byte) error {
	type known Verdict
	return split(data, (*known)(v), &v.Rest)
}

// MarshalJSON gives what it did not know as well.
func (v Verdict) MarshalJSON() ([]byte, error) {
	type known Verdict
	return join(known(v), v.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (t *Terms) UnmarshalJSON(data []byte) error {
	type known Terms
	return split(data, (*known)(t), &t.Rest)
}

// MarshalJSON gives what it did not know as well.
func (t Terms) MarshalJSON() ([]byte, error) {
	type known Terms
	return join(known(t), t.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (s *SSO) UnmarshalJSON(data []byte) error {
	type known SSO
	return split(data, (*known)(s), &s.Rest)
}

// MarshalJSON gives what it did not know as well.
func (s SSO) MarshalJSON() ([]byte, error) {
	type known SSO
	return join(known(s), s.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (r *Rate) UnmarshalJSON(data []byte) error {
	type known Rate
	return split(data, (*known)(r), &r.Rest)
}

// MarshalJSON gives what it did not know as well.
func (r Rate) MarshalJSON() ([]byte, error) {
	type known Rate
	return join(known(r), r.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (s *Switch) UnmarshalJSON(data []byte) error {
	type known Switch
	return split(data, (*known)(s), &s.Rest)
}

// MarshalJSON gives what it did not know as well.
func (s Switch) MarshalJSON() ([]byte, error) {
	type known Switch
	return join(known(s), s.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (s *Status) UnmarshalJSON(data []byte) error {
	type known Status
	return split(data, (*known)(s), &s.Rest)
}

// MarshalJSON gives what it did not know as well.
func (s Status) MarshalJSON() ([]byte, error) {
	type known Status
	return join(known(s), s.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (e *Enabled) UnmarshalJSON(data []byte) error {
	type known Enabled
	return split(data, (*known)(e), &e.Rest)
}

// MarshalJSON gives what it did not know as well.
func (e Enabled) MarshalJSON() ([]byte, error) {
	type known Enabled
	return join(known(e), e.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (s *Settings) UnmarshalJSON(data []byte) error {
	type known Settings
	return split(data, (*known)(s), &s.Rest)
}

// MarshalJSON gives what it did not know as well.
func (s Settings) MarshalJSON() ([]byte, error) {
	type known Settings
	return join(known(s), s.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (e *Entry) UnmarshalJSON(data []byte) error {
	type known Entry
	return split(data, (*known)(e), &e.Rest)
}

// MarshalJSON gives what it did not know as well.
func (e Entry) MarshalJSON() ([]byte, error) {
	type known Entry
	return join(known(e), e.Rest)
}

// UnmarshalJSON keeps what it does not know.
func (a *AuditPage) UnmarshalJSON(data []byte) error {
	type known AuditPage
	return split(data, (*known)(a), &a.Rest)
}

// MarshalJSON gives what it did not know as well.
func (a AuditPage) MarshalJSON() ([]byte, error) {
	type known AuditPage
	return join(known(a), a.Rest)
}
