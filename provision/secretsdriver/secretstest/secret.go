package secretstest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// secret is a secret with its current version, if it has one.
type secret struct {
	region, name, arn string
	value, version    string // version is "" as long as there is no value
	made              time.Time
	gone              time.Time // when it will be, zero unless it is scheduled for deletion
}

// Limits (Secrets Manager API reference, CreateSecret and DeleteSecret).
const (
	maxName   = 512
	maxValue  = 65536
	minWindow = 7
	maxWindow = 30
)

var nameText = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]+$`)

func notFound() error {
	return &types.ResourceNotFoundException{Message: aws.String("Secrets Manager can't find the specified secret.")}
}

func invalid(format string, args ...any) error {
	return &types.InvalidParameterException{Message: aws.String(fmt.Sprintf(format, args...))}
}

// inTheWay is the refusal of what the state of a secret does not allow.
func inTheWay(message string) error {
	return &types.InvalidRequestException{Message: aws.String(message)}
}

// purge forgets the secrets whose time has come.
func (s *Secrets) purge(now time.Time) {
	for arn, x := range s.secrets {
		if !x.gone.IsZero() && !now.Before(x.gone) {
			delete(s.secrets, arn)
		}
	}
}

// find returns the secret of a name, of an ARN, or of an ARN without its last seven characters.
func (s *Secrets) find(region string, id *string) (*secret, error) {
	asked := aws.ToString(id)
	if asked == "" {
		return nil, invalid("You must provide a value for the SecretId parameter.")
	}
	if x := s.secrets[asked]; x != nil && x.region == region {
		return x, nil
	}
	for _, x := range s.sorted() {
		if x.region == region && (x.name == asked || x.arn[:len(x.arn)-len("-123456")] == asked) {
			return x, nil
		}
	}
	return nil, notFound()
}

func (s *Secrets) createSecret(region string, in *secretsmanager.CreateSecretInput) (*secretsmanager.CreateSecretOutput, error) {
	x, err := s.create(region, aws.ToString(in.Name), in.SecretString)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.CreateSecretOutput{ARN: aws.String(x.arn), Name: aws.String(x.name)}
	if x.version != "" {
		out.VersionId = aws.String(x.version)
	}
	return out, nil
}

func (s *Secrets) create(region, name string, value *string) (*secret, error) {
	if len(name) > maxName || !nameText.MatchString(name) {
		return nil, invalid("Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	for _, x := range s.secrets {
		switch {
		case x.region != region || x.name != name:
		case !x.gone.IsZero():
			return nil, inTheWay("You can't create this secret because a secret with this name is already scheduled for deletion.")
		default:
			return nil, &types.ResourceExistsException{Message: aws.String(fmt.Sprintf(
				"The operation failed because the secret %s already exists.", name))}
		}
	}
	x := &secret{region: region, name: name, made: time.Now()}
	if value != nil {
		if err := s.setValue(x, *value); err != nil {
			return nil, err
		}
	}
	x.arn = fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s-%s", region, s.cloud.Options().Account, name, s.suffix())
	s.secrets[x.arn] = x
	return x, nil
}

// suffix makes the six characters that end an ARN.
func (s *Secrets) suffix() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	text := make([]byte, 6)
	for i := range text {
		text[i] = alphabet[s.dice.IntN(len(alphabet))]
	}
	return string(text)
}

// setValue gives a secret a new current version.
func (s *Secrets) setValue(x *secret, value string) error {
	if value == "" || len(value) > maxValue {
		return invalid("The secret value must have 1 to %d bytes.", maxValue)
	}
	x.value, x.version = value, fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x",
		s.dice.Uint32(), s.dice.Uint32()>>16, s.dice.Uint32()>>20, s.dice.Uint32()>>20, s.dice.Uint64()>>16)
	return nil
}

func (s *Secrets) describeSecret(region string, in *secretsmanager.DescribeSecretInput) (*secretsmanager.DescribeSecretOutput, error) {
	x, err := s.find(region, in.SecretId)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.DescribeSecretOutput{
		ARN: aws.String(x.arn), Name: aws.String(x.name), CreatedDate: aws.Time(x.made), LastChangedDate: aws.Time(x.made),
	}
	if !x.gone.IsZero() {
		out.DeletedDate = aws.Time(x.gone)
	}
	if x.version != "" {
		out.VersionIdsToStages = map[string][]string{x.version: {"AWSCURRENT"}}
	}
	return out, nil
}

func (s *Secrets) getSecretValue(call *sim.Call, in *secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error) {
	x, err := s.find(call.Region, in.SecretId)
	switch {
	case err != nil:
		return nil, err
	case !x.gone.IsZero():
		return nil, inTheWay("You can't perform this operation on the secret because it was marked for deletion.")
	case x.version == "":
		return nil, &types.ResourceNotFoundException{Message: aws.String(
			"Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")}
	}
	s.read = append(s.read, Read{Process: call.Process, ARN: x.arn, At: time.Now()})
	return &secretsmanager.GetSecretValueOutput{
		ARN: aws.String(x.arn), Name: aws.String(x.name), SecretString: aws.String(x.value), VersionId: aws.String(x.version),
		VersionStages: []string{"AWSCURRENT"}, CreatedDate: aws.Time(x.made),
	}, nil
}

func (s *Secrets) putSecretValue(region string, in *secretsmanager.PutSecretValueInput) (*secretsmanager.PutSecretValueOutput, error) {
	x, err := s.find(region, in.SecretId)
	if err != nil {
		return nil, err
	}
	if !x.gone.IsZero() {
		return nil, inTheWay("You can't perform this operation on the secret because it was marked for deletion.")
	}
	if err := s.setValue(x, aws.ToString(in.SecretString)); err != nil {
		return nil, err
	}
	return &secretsmanager.PutSecretValueOutput{
		ARN: aws.String(x.arn), Name: aws.String(x.name), VersionId: aws.String(x.version), VersionStages: []string{"AWSCURRENT"},
	}, nil
}

func (s *Secrets) deleteSecret(region string, in *secretsmanager.DeleteSecretInput) (*secretsmanager.DeleteSecretOutput, error) {
	days, force := aws.ToInt64(cmp.Or(in.RecoveryWindowInDays, aws.Int64(maxWindow))), aws.ToBool(in.ForceDeleteWithoutRecovery)
	if days < minWindow || days > maxWindow || force && in.RecoveryWindowInDays != nil {
		return nil, invalid("The RecoveryWindowInDays value must be between %d and %d days (inclusive), and none goes with "+
			"ForceDeleteWithoutRecovery.", minWindow, maxWindow)
	}
	x, err := s.find(region, in.SecretId)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if force {
		delete(s.secrets, x.arn)
		return &secretsmanager.DeleteSecretOutput{ARN: aws.String(x.arn), Name: aws.String(x.name), DeletionDate: aws.Time(now)}, nil
	}
	x.gone = now.AddDate(0, 0, int(days))
	return &secretsmanager.DeleteSecretOutput{ARN: aws.String(x.arn), Name: aws.String(x.name), DeletionDate: aws.Time(x.gone)}, nil
}

func (s *Secrets) restoreSecret(region string, in *secretsmanager.RestoreSecretInput) (*secretsmanager.RestoreSecretOutput, error) {
	x, err := s.find(region, in.SecretId)
	if err != nil {
		return nil, err
	}
	x.gone = time.Time{}
	return &secretsmanager.RestoreSecretOutput{ARN: aws.String(x.arn), Name: aws.String(x.name)}, nil
}

// sorted returns the secrets in the order of regions and names.
func (s *Secrets) sorted() []*secret {
	var all []*secret
	for _, x := range s.secrets {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b *secret) int {
		return cmp.Or(cmp.Compare(a.region, b.region), strings.Compare(a.name, b.name))
	})
	return all
}
