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

// pageTime is how long a page of the console takes.
type pageTime struct {
	Page        string
	Median, Max float64 // milliseconds
	Size        int     // bytes of its HTML
}

// How the organisation is filled in whose pages are measured, apart from its users.
const (
	pageRounds = 20                     // requests of each page
	pageRest   = 150 * time.Millisecond // between two, as the services have a limit for each person
	pageGroups = 50                     // groups of a hundred members, besides the one of everybody
	pageLines  = 1500                   // of its activity
)

// pages measures each page of the console as an administrator sees it, one request at a time, in
// an organisation of so many users on the all-in-one.
func (s settings) pages(ctx context.Context, users int, progress io.Writer) (rows []pageTime, err error) {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var p population
	run, err := startAllInOne(ctx, folder, func(path string) (err error) {
		p.users, err = fillFile(ctx, path, users)
		return err
	})
	defer func() { err = errors.Join(err, run.end()) }()
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(progress, "%d users are there; groups and activity follow\n", users)
	if err := p.live(ctx, run.product); err != nil {
		return nil, err
	}
	v, err := run.visitor(ctx)
	if err != nil {
		return nil, err
	}
	paths, err := v.paths(ctx, p)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, path := range paths {
		row, err := v.measure(ctx, path)
		if err != nil {
			failed = errors.Join(failed, err) // the others are measured all the same
			continue
		}
		rows = append(rows, row)
	}
	return rows, failed
}

// live gives the organisation groups and activity over SCIM.
func (p *population) live(ctx context.Context, t target) error {
	everybody, err := fillGroup(ctx, t, p.users[:min(len(p.users), mostMembers)])
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
		if _, err := w.created("/Groups", groupBody(fmt.Sprintf("Group %d", n), members...)); err != nil {
			return err
		}
	}
	for n := range pageLines {
		u := p.users[n*61%len(p.users)]
		if _, err := w.do(200, "PATCH", "/Users/"+u.id, patchBody("replace", "title", fmt.Sprintf("%q", fmt.Sprint("Title ", n)))); err != nil {
			return err
		}
	}
	return nil
}

// visitor is a browser that is signed in as the organisation's administrator.
type visitor struct {
	client *http.Client
	origin string
}

var signInForm = regexp.MustCompile(`action="(/issuer/sign-in[^"]*)"`)

func (r *running) visitor(ctx context.Context) (visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return visitor{}, fmt.Errorf("make a cookie jar: %w", err)
	}
	v := visitor{&http.Client{Jar: jar, Timeout: time.Minute}, "http://" + r.product.addr}
	page, err := v.get(ctx, "/console/")
	if err != nil {
		return v, err
	}
	form := signInForm.FindStringSubmatch(page)
	if form == nil {
		return v, errors.New("/console/ does not lead to the issuer's page")
	}
	body := url.Values{"role": {"administrator"}, "organisation": {organisation}}.Encode()
	_, err = v.send(ctx, http.MethodPost, strings.ReplaceAll(form[1], "&amp;", "&"), body)
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
	token = "security/tokens/" + token
	return []string{
		"", "security", "security/issue", "security/disable", token, token + "/rotate", token + "/rename", token + "/revoke",
		"users", "users?" + strings.ReplaceAll(next, "&amp;", "&"), "users?state=shadow", "users?state=deactivated", "users?sort=-userName", "users?sort=displayName", "users?sort=-modified",
		"users?q=" + p.users[len(p.users)/2].name, "users?q=given", "users?q=nobody", "users?group=" + p.groups[0], user, user + "/email",
		"groups", "groups?q=group", "groups?sort=-modified", group, group + "?q=user00000",
		"activity", "activity?effect=refused", "activity/" + entry, "settings", "settings/audit", "settings/verify",
	}, nil
}

var identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]{16,}|after=[^&]*`)

// measure asks for a page, once unmeasured.
func (v visitor) measure(ctx context.Context, path string) (pageTime, error) {
	var took []time.Duration
	size := 0
	for n := range pageRounds + 1 {
		time.Sleep(pageRest)
		begin := time.Now()
		text, err := v.get(ctx, "/console/o/"+organisation+"/"+path)
		if err != nil {
			return pageTime{}, err
		}
		size = len(text)
		if n > 0 {
			took = append(took, time.Since(begin))
		}
	}
	slices.Sort(took)
	return pageTime{"/" + identifier.ReplaceAllString(path, "…"), millis(took[len(took)/2]), millis(took[len(took)-1]), size}, nil
}

// printPages writes the table.
func printPages(out io.Writer, rows []pageTime) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "page\tmedian ms\tmax ms\tbytes")
	for _, r := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%d\n", r.Page, r.Median, r.Max, r.Size)
	}
	return table.Flush()
}
