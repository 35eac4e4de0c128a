package secretstest

import (
	"fmt"
	"slices"
	"time"
)

// Secret is a secret as it is at one moment, for tests to look at. It shares nothing with the service.
type Secret struct {
	// Region, Name and ARN of the secret.
	Region, Name, ARN string
	// Value is the current one, "" if there is none.
	Value string
	// Deleted is when it will be, zero unless it is scheduled for deletion.
	Deleted time.Time
}

// Read is one successful GetSecretValue.
type Read struct {
	// Process that has read the value; see the cloud's processes.
	Process string
	// ARN of the secret.
	ARN string
	// At is when that was.
	At time.Time
}

// Secrets returns all secrets of all regions, also those that are scheduled for deletion, in the order of regions and names. It is no
// call: nothing is recorded, and no fault strikes.
func (s *Secrets) Secrets() []Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.purge(time.Now())
	var all []Secret
	for _, x := range s.sorted() {
		all = append(all, x.snapshot())
	}
	return all
}

func (x *secret) snapshot() Secret {
	return Secret{Region: x.region, Name: x.name, ARN: x.arn, Value: x.value, Deleted: x.gone}
}

// Reads returns who has read which value, in order. A program that manages environments has no business to be among them.
func (s *Secrets) Reads() []Read {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.read)
}

// AddSecret makes a secret in the region of the cloud by somebody else's hand: no call is recorded, and no fault strikes. An empty value means
// none. It refuses what CreateSecret would refuse.
func (s *Secrets) AddSecret(name, value string) (Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.purge(time.Now())
	var given *string
	if value != "" {
		given = &value
	}
	x, err := s.create(s.cloud.Options().Region, name, given)
	if err != nil {
		return Secret{}, fmt.Errorf("secretstest: adding %s: %w", name, err)
	}
	return x.snapshot(), nil
}
