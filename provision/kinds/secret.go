package kinds

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// secretARN is what a known [provision.Secret] looks like. ECS alone gives a meaning to the last three parts of the first form.
var secretARN = regexp.MustCompile(
	`^arn:[^:]+:(secretsmanager:[^:]+:\d{12}:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?|ssm:[^:]+:\d{12}:parameter/.+)$`)

// secret checks a reference to a secret, if it is known. What is no ARN may be the secret itself, so it is not repeated.
func (p *problems) secret(field string, s provision.Secret) {
	p.required(field, provision.Text(s))
	if text, ok := literal(provision.Text(s)); ok && text != "" && !secretARN.MatchString(text) {
		p.addf(field, "is not the ARN of a secret (Secrets Manager) or of a parameter (SSM); the secret itself has no place in a blueprint")
	}
}

// variables joins the variables of a program whose values are given with those whose values are ARNs of secrets.
func variables(environment map[string]provision.Text, secrets map[string]provision.Secret) map[string]provision.Text {
	all := maps.Clone(environment)
	for name, secret := range secrets {
		if all == nil {
			all = make(map[string]provision.Text, len(secrets))
		}
		all[name] = provision.Text(secret)
	}
	return all
}

// privateTexts are the values of variables and further texts, for [provision.Discreet].
func privateTexts(environment map[string]provision.Text, more ...string) []string {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		more = append(more, string(environment[name]))
	}
	return more
}

// privateTree are all texts in a JSON tree, but not its keys.
func privateTree(tree any) []string {
	switch v := tree.(type) {
	case string:
		return []string{v}
	case provision.Text:
		return []string{string(v)}
	case []provision.Text:
		var all []string
		for _, text := range v {
			all = append(all, string(text))
		}
		return all
	case map[string]provision.Text:
		return privateTexts(v)
	case []any:
		var all []string
		for _, inner := range v {
			all = append(all, privateTree(inner)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, privateTree(v[key])...)
		}
		return all
	}
	return nil
}

// plainSecrets are properties that CloudFormation's types take the value of a secret in, wherever in the tree they stand; those of a
// user of ElastiCache or MemoryDB are a list.
var plainSecrets = []string{
	"AccessToken", "AdminUserPassword", "AuthToken", "ClientSecret", "MasterUserPassword", "OAuthToken", "Password", "Passwords", "PreSharedKey",
	"PrivateKey", "SecretString",
}

// plainSecret refuses a property that would hold the value of a secret.
func (p *problems) plainSecret(field, property string, value any) {
	switch value.(type) {
	case string, provision.Text, []any, []provision.Text:
		if slices.ContainsFunc(plainSecrets, func(s string) bool { return strings.EqualFold(s, property) }) {
			p.addf(field, "takes the value of a secret, which has no place in a blueprint; let AWS make it (GenerateSecretString, "+
				"ManageMasterUserPassword) or refer to one by its ARN, as a provision.Secret")
		}
	}
}
