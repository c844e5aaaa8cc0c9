package redisstore

import "time"

// Patient returns a store whose calls have the time that a busy machine needs: what they answer is
// another question than how soon.
func Patient(s *Store) *Store {
	s.within = time.Minute
	return s
}

// PatientAnnouncing is Patient of NewAnnouncing's.
func PatientAnnouncing(a *Announcing) *Announcing {
	a.waits = 20 * time.Second
	Patient(a.store)
	return a
}
