package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
)

// population is what an organisation has when it is measured.
type population struct {
	users  []person
	groups []string // ids; one for each client
}

type person struct{ id, name string }

func nameOf(i int) string { return fmt.Sprintf("user%07d@example.com", i) }

// userBody is a user as Okta sends one.
func userBody(name string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
		`"userName":%q,"externalId":"00u-%s","active":true,"displayName":"Given Family","locale":"en-US","title":"Member of staff",`+
		`"name":{"givenName":"Given","familyName":"Family"},"emails":[{"value":%q,"type":"work","primary":true}],`+
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales","employeeNumber":"4711"}}`, name, name, name)
}

func groupBody(name string, members ...string) string {
	list, _ := json.Marshal(membersOf(members)) // strings always marshal
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":%q,"members":%s}`, name, list)
}

func membersOf(ids []string) []map[string]string {
	members := make([]map[string]string, len(ids))
	for i, id := range ids {
		members[i] = map[string]string{"value": id}
	}
	return members
}

// populate creates users who are not there yet, and a group of ten of them for each client.
func populate(ctx context.Context, t target, users, clients int) (population, error) {
	p := population{users: make([]person, users)}
	var next atomic.Int64
	var mu sync.Mutex
	var failed error
	var all sync.WaitGroup
	for number := range max(clients, 1) {
		all.Go(func() {
			w, err := t.worker(ctx, number)
			if err == nil {
				defer func() { _ = w.conn.Close() }()
				for i := int(next.Add(1)) - 1; i < users && err == nil; i = int(next.Add(1)) - 1 {
					p.users[i].name = nameOf(i)
					p.users[i].id, err = w.created("/Users", userBody(nameOf(i)))
				}
			}
			if err != nil {
				mu.Lock()
				failed = err
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if failed != nil {
		return p, failed
	}
	w, err := t.worker(ctx, 0)
	if err != nil {
		return p, err
	}
	defer func() { _ = w.conn.Close() }()
	for i := range clients {
		var members []string
		for _, u := range p.users[i*10 : i*10+10] {
			members = append(members, u.id)
		}
		id, err := w.created("/Groups", groupBody(fmt.Sprintf("Group %d", i), members...))
		if err != nil {
			return p, err
		}
		p.groups = append(p.groups, id)
	}
	return p, nil
}

// created creates a resource and returns its id.
func (w *worker) created(path, body string) (string, error) {
	answer, err := w.do(201, "POST", path, body)
	if err != nil {
		return "", err
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(answer, &made); err != nil || made.ID == "" {
		return "", fmt.Errorf("POST %s: %s has no id (%w)", path, answer, err)
	}
	return made.ID, nil
}
