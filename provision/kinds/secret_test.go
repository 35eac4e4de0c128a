package kinds_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const (
	canary    = "hunter2canary"
	parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/shop/key"
)

// confidential are the fields, of whatever kind, that somebody might put a secret into some day.
var confidential = map[string]bool{
	"Command": true, "Description": true, "Endpoint": true, "Environment": true, "Properties": true, "Script": true, "Secrets": true,
	"Value": true, "Values": true,
}

// shapes are values with the canary in them, of which at least one is wrong in each field that has any rule.
var shapes = []string{
	canary, "\x00" + canary, "{{" + canary, canary + ",", "https://user:" + canary + "@example.com", "http://" + canary, "\xff" + canary,
	"arn:aws:" + canary, canary + strings.Repeat("x", 70_000), "é" + canary, " " + canary + "\n",
}

// confide puts a value into every confidential field of a spec, and returns how many there are.
func confide(v reflect.Value, field, value string) int {
	switch v.Kind() {
	case reflect.Struct:
		n := 0
		for i := range v.NumField() {
			n += confide(v.Field(i), v.Type().Field(i).Name, value)
		}
		return n
	case reflect.String:
		if confidential[field] {
			v.SetString(value)
			return 1
		}
	case reflect.Slice:
		if elem := v.Type().Elem().Kind(); elem == reflect.Struct || confidential[field] && elem == reflect.String {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			return confide(v.Index(0), field, value)
		}
	case reflect.Map:
		if !confidential[field] {
			return 0
		}
		v.Set(reflect.MakeMap(v.Type()))
		inner := reflect.ValueOf(value)
		if v.Type().Elem().Kind() == reflect.String {
			inner = inner.Convert(v.Type().Elem())
		}
		v.SetMapIndex(reflect.ValueOf("NAME"), inner)
		return 1
	}
	return 0
}

// A spec that is wrong is reported, and reports end up in logs.
func TestErrorsShowNothingConfidential(t *testing.T) {
	t.Parallel()
	fields, refused := 0, map[string]bool{}
	for _, p := range catalogue {
		for _, shape := range shapes {
			spec := reflect.New(reflect.TypeOf(p.spec)).Elem()
			n := confide(spec, "", shape)
			fields += n
			for _, protocol := range []string{"", kinds.ToQueue, kinds.ToFunction, kinds.ToHTTPS, kinds.ToEmail, "ftp"} {
				if topic, ok := reflect.TypeAssert[kinds.Topic](spec); ok {
					topic.Subscriptions = append(topic.Subscriptions[:1], topic.Subscriptions[0])
					topic.Subscriptions[0].Protocol, topic.Subscriptions[1].Protocol = protocol, protocol
					spec.Set(reflect.ValueOf(topic))
				}
				if err := spec.Interface().(provision.Spec).Validate(); err != nil && n > 0 {
					require.NotContains(t, err.Error(), canary, "%s with %.40q", p.name(), shape)
					refused[p.name()] = true
				}
			}
		}
	}
	require.Greater(t, fields, 100)
	for _, name := range []string{"CloudControl", "Function", "Instance", "LaunchTemplate", "Parameter", "SecurityGroup", "TaskDefinition", "Topic"} {
		require.True(t, refused[name], "no shape was wrong for %s, so nothing was proven", name)
	}
}

// What a service repeats in its errors is hidden only if the kind says what there is to hide.
func TestEveryConfidentialFieldIsPrivate(t *testing.T) {
	t.Parallel()
	for _, p := range catalogue {
		spec := reflect.New(reflect.TypeOf(p.spec)).Elem()
		confide(spec, "", canary)
		if topic, ok := reflect.TypeAssert[kinds.Topic](spec); ok {
			topic.Subscriptions[0].Protocol = kinds.ToHTTPS
			spec.Set(reflect.ValueOf(topic))
		}
		hide := []string{}
		if discreet, ok := reflect.TypeAssert[provision.Discreet](spec); ok {
			hide = discreet.Private()
		}
		want := 0
		visit(spec, "", func(field string) {
			// A description is shown to everybody in AWS's console, and a field for secrets holds an ARN or is refused.
			if field != "Description" && field != "Secrets" {
				want++
			}
		})
		n := 0
		for _, text := range hide {
			if text != "" {
				require.Equal(t, canary, text)
				n++
			}
		}
		require.Equal(t, want, n, "%s hides %d of %d", p.name(), n, want)
	}
}

// visit is told the field of every text that is the canary.
func visit(v reflect.Value, field string, found func(field string)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), v.Type().Field(i).Name, found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), field, found)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			visit(v.MapIndex(key), field, found)
		}
	case reflect.Interface:
		visit(v.Elem(), field, found)
	case reflect.String:
		if v.String() == canary {
			found(field)
		}
	}
}

func TestFieldsForSecrets(t *testing.T) {
	t.Parallel()
	type secrets = map[string]provision.Secret
	env := map[string]provision.Text{"TAKEN": "x"}
	specs := func(s secrets) map[string]provision.Spec {
		return map[string]provision.Spec{
			"instance": kinds.Instance{Image: "ami-1", Type: "t3.micro", Environment: env, Secrets: s},
			"template": kinds.LaunchTemplate{Image: "ami-1", Type: "t3.micro", Environment: env, Secrets: s},
			"function": kinds.Function{
				Image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1", Role: "arn:aws:iam::123456789012:role/shop",
				Environment: env, Secrets: s,
			},
			"task": kinds.TaskDefinition{
				ExecutionRole: "arn:aws:iam::123456789012:role/shop",
				Containers:    []kinds.Container{{Name: "web", Image: "nginx", Environment: env, Secrets: s}},
			},
		}
	}
	for name, tt := range map[string]struct {
		secrets secrets
		wrong   string // the key, if any
	}{
		"a secret":                {secrets{"KEY": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"}, ""},
		"a part of one":           {secrets{"KEY": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf:password::"}, ""},
		"a parameter":             {secrets{"KEY": parameter}, ""},
		"China":                   {secrets{"KEY": "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/key"}, ""},
		"a reference":             {secrets{"KEY": "${{db.SecretARN}}"}, ""},
		"a part of a reference":   {secrets{"KEY": "${{db.SecretARN}}:password::"}, ""},
		"a value":                 {secrets{"KEY": canary}, "KEY"},
		"nothing":                 {secrets{"KEY": ""}, "KEY"},
		"the ARN of something":    {secrets{"KEY": "arn:aws:s3:::" + canary}, "KEY"},
		"a name that is none":     {secrets{"A-B": parameter}, "A-B"},
		"a variable and a secret": {secrets{"TAKEN": parameter}, "TAKEN"},
	} {
		for kind, spec := range specs(tt.secrets) {
			err := spec.Validate()
			if tt.wrong == "" {
				require.NoError(t, err, "%s: %s", kind, name)
				continue
			}
			got := fields(err)
			require.Len(t, got, 1, "%s: %s: %v", kind, name, err)
			require.Contains(t, got[0], `Secrets["`+tt.wrong+`"]`, "%s: %s", kind, name)
			require.NotContains(t, err.Error(), canary, "%s: %s", kind, name)
		}
	}
}

// The software finds ARNs beside its variables; neither map is changed by that.
func TestVariables(t *testing.T) {
	t.Parallel()
	env, secrets := map[string]provision.Text{"A": "1"}, map[string]provision.Secret{"B": parameter}
	want := map[string]provision.Text{"A": "1", "B": parameter}
	require.Equal(t, want, kinds.Instance{Environment: env, Secrets: secrets}.Variables())
	require.Equal(t, want, kinds.Function{Environment: env, Secrets: secrets}.Variables())
	require.Len(t, env, 1)
	require.Equal(t, map[string]provision.Text{"B": parameter}, kinds.Instance{Secrets: secrets}.Variables())
	require.Empty(t, kinds.Instance{}.Variables())
}

func TestSecretsInProperties(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		properties map[string]any
		want       []string
	}{
		"a reference": {map[string]any{"SecretId": provision.Secret("${{db.SecretARN}}")}, nil},
		"ARNs in a tree": {map[string]any{"Policy": map[string]any{"Resource": []any{provision.Secret(parameter), "x"}},
			"All": []provision.Secret{parameter}}, nil},
		"a value":                {map[string]any{"SecretId": provision.Secret(canary)}, []string{"Properties[SecretId]"}},
		"values in a tree":       {map[string]any{"A": []any{[]provision.Secret{canary}}}, []string{"Properties[A][0][0]"}},
		"a password":             {map[string]any{"MasterUserPassword": provision.Text(canary)}, []string{"Properties[MasterUserPassword]"}},
		"a password in a tree":   {map[string]any{"Users": []any{map[string]any{"Password": canary}}}, []string{"Properties[Users][0][Password]"}},
		"a password as an input": {map[string]any{"SecretString": provision.Text("${{in.password}}")}, []string{"Properties[SecretString]"}},
		"a password in a map":    {map[string]any{"User": map[string]provision.Text{"Password": canary}}, []string{"Properties[User][Password]"}},
		"a list of passwords":    {map[string]any{"Passwords": []any{canary}}, []string{"Properties[Passwords]"}},
		"passwords as texts":     {map[string]any{"Passwords": []provision.Text{canary}}, []string{"Properties[Passwords]"}},
		"a key that is shared":   {map[string]any{"Tunnels": []any{map[string]any{"PreSharedKey": canary}}}, []string{"Properties[Tunnels][0][PreSharedKey]"}},
		"a password that AWS keeps": {map[string]any{"ManageMasterUserPassword": true, "PasswordPolicy": "x",
			"AuthToken": provision.Secret(parameter)}, nil},
	} {
		r := repository()
		r.Properties = tt.properties
		err := r.Validate()
		require.Equal(t, tt.want, fields(err), "%s: %v", name, err)
		if err != nil {
			require.NotContains(t, err.Error(), canary, name)
		}
	}
}

// Types without a kind have outputs that lead to secrets as well.
func TestSecretsAmongAttributes(t *testing.T) {
	t.Parallel()
	typ := kinds.CloudControlType{
		Name: "AWS::RDS::DBCluster", SecretOutputs: []string{"Identifier", "MasterUserSecret.SecretArn"},
		Attributes: map[string]provision.Type{"MasterUserSecret.SecretArn": provision.TextType, "Port": provision.NumberType},
	}
	secret := map[string]bool{}
	for _, out := range (kinds.CloudControl{Type: typ}).Outputs() {
		secret[out.Name] = out.Secret
	}
	require.Equal(t, map[string]bool{"Identifier": true, "MasterUserSecret.SecretArn": true, "Port": false}, secret)

	var b provision.Blueprint
	cluster := kinds.AddCloudControl(&b, "cluster", kinds.CloudControl{Type: typ})
	kinds.AddInstance(&b, "web", kinds.Instance{
		Image: "ami-1", Type: "t3.micro", Secrets: map[string]provision.Secret{"SECRET": cluster.Secret("MasterUserSecret.SecretArn")},
	})
	require.NoError(t, b.Validate())
	kinds.AddParameter(&b, "leak", kinds.Parameter{Value: cluster.Attribute("MasterUserSecret.SecretArn")})
	require.ErrorContains(t, b.Validate(), `node "leak": Value: ${{cluster.MasterUserSecret.SecretArn}} leads to a secret`)

	typ.SecretOutputs = []string{"Endpoint", "Port"}
	require.Equal(t, []string{"Type.SecretOutputs[0]", "Type.SecretOutputs[1]"}, fields(kinds.CloudControl{Type: typ}.Validate()))
}

// An input is given with the blueprint, so a secret in one is found before anything is made, and not shown.
func TestASecretInAnInputIsRefused(t *testing.T) {
	t.Parallel()
	b := provision.Blueprint{Inputs: map[string]string{"key": canary}}
	kinds.AddInstance(&b, "web", kinds.Instance{
		Image: "ami-1", Type: "t3.micro", Secrets: map[string]provision.Secret{"KEY": "${{in.key}}"},
	})
	err := b.Validate()
	require.ErrorContains(t, err, `node "web": Secrets["KEY"]: is not the ARN of a secret`)
	require.NotContains(t, err.Error(), canary)
	b.Inputs["key"] = parameter
	require.NoError(t, b.Validate())
}

// A place is where a text stands in a spec.
type place struct {
	path   string
	secret bool
}

// refer puts a reference into every place for texts and for secrets of a spec, each list and map having one element.
func refer(v reflect.Value, path, ref string) (places []place) {
	switch v.Type() {
	case reflect.TypeFor[provision.Text](), reflect.TypeFor[provision.Secret]():
		v.SetString(ref)
		return []place{{path, v.Type() == reflect.TypeFor[provision.Secret]()}}
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			places = append(places, refer(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), ref)...)
		}
	case reflect.Slice:
		one := reflect.MakeSlice(v.Type(), 1, 1)
		if places = refer(one.Index(0), path+"[0]", ref); places != nil {
			v.Set(one)
		}
	case reflect.Map:
		inner := reflect.New(v.Type().Elem()).Elem()
		if places = refer(inner, path+"[KEY]", ref); places != nil {
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.ValueOf("KEY"), inner)
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf(map[string]any{
			"text":   provision.Text(ref),
			"texts":  []any{provision.Text("a " + ref), []provision.Text{provision.Text(ref)}},
			"secret": map[string]any{"one": provision.Secret(ref), "list": []any{provision.Secret(ref)}},
		}))
		return []place{
			{path + "[text]", false}, {path + "[texts][0]", false}, {path + "[texts][1][0]", false},
			{path + "[secret][one]", true}, {path + "[secret][list][0]", true},
		}
	}
	return places
}

// Whatever the kind, a secret can be referred to in the fields for secrets and nowhere else: in no name, tag, script or record.
func TestSecretsFitNowhereElse(t *testing.T) {
	t.Parallel()
	texts, secrets := 0, map[string]bool{}
	for _, p := range catalogue {
		var b provision.Blueprint
		secret := kinds.AddExistingSecret(&b, "secret", kinds.ExistingSecret{Name: "shop/key"})
		spec := reflect.New(reflect.TypeOf(p.spec)).Elem()
		places := refer(spec, "", string(secret.ARN()))
		b.Add("it", spec.Interface().(provision.Spec))
		refused := map[string]bool{}
		for _, path := range leaks(b.Validate()) {
			refused[path] = true
		}
		for _, place := range places {
			require.Equal(t, !place.secret, refused[place.path], "%s: %s", p.name(), place.path)
			if place.secret {
				secrets[p.name()+"."+place.path] = true
			} else {
				texts++
			}
		}
	}
	require.Greater(t, texts, 80)
	require.Equal(t, map[string]bool{
		"CloudControl.Properties[KEY][secret][list][0]": true, "CloudControl.Properties[KEY][secret][one]": true,
		"ExistingSecret.Name": true, "Function.Secrets[KEY]": true, "Instance.Secrets[KEY]": true, "LaunchTemplate.Secrets[KEY]": true,
		"TaskDefinition.Containers[0].Secrets[KEY]": true,
	}, secrets, "these are all the fields for secrets")

	var b provision.Blueprint
	db := kinds.AddDatabase(&b, "db", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20})
	b.Entrance = provision.Entrance{Host: "${{db.SecretARN}}", ZoneID: provision.Text(db.SecretARN())}
	require.Equal(t, []string{"Entrance.Host", "Entrance.ZoneID"}, leaks(b.Validate()))
}

// leaks are the fields that an error refuses because a secret is referred to in them.
func leaks(err error) (paths []string) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, err := range joined.Unwrap() {
		var mistake *provision.BlueprintError
		if errors.As(err, &mistake) && strings.Contains(err.Error(), "leads to a secret") {
			paths = append(paths, mistake.Field)
		}
	}
	return paths
}
