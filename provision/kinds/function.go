package kinds

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// FunctionKind is the kind of a [Function].
const FunctionKind provision.Kind = "lambda/function"

// A Function is an AWS Lambda function with its first version published, and a URL of its own if it is asked for. Role is
// required, and either Image or Zip.
//
// The version is what an alias or another service should call: it cannot be changed any more. A URL calls the function
// itself, which is the same code and settings for as long as nobody changes them by hand.
//
// A function is ready when it and its version are active. Code that comes from Zip is read when the function is made; a
// container image is read by Lambda then and later, so its repository has to keep it.
//
// To delete a function deletes its versions, its URL and its policy. Two things stay: the log group that Lambda makes by
// itself, unless LogGroup is set; and, for a function in a VPC, its network interfaces, which Lambda takes away up to 45
// minutes later. Until then its subnets and security groups cannot be deleted.
type Function struct {
	// Image is the URI of a container image in Amazon ECR, with a tag or, better, a digest:
	// "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:${{commit}}". Default: none, the code is in Zip.
	Image provision.Text
	// Zip says where the code is, in a zip file in Amazon S3. Default: none, the code is in Image.
	Zip FunctionZip
	// Role is the ARN of the IAM role that the code acts in. It must exist, and Lambda be allowed to assume it; one that
	// is a few seconds old may be refused for a while, and the driver waits two minutes for it. Required.
	Role provision.Text
	// Architecture of the processor: [X8664] or [ARM64]. Default [X8664].
	Architecture FunctionArchitecture
	// MemoryMiB is the memory of one instance of the function in MiB: 128 to 10,240. The share of processors grows with
	// it. Default 128.
	MemoryMiB int
	// Timeout ends a call that takes longer: whole seconds up to 15 minutes. Default 3 seconds.
	Timeout time.Duration
	// Environment holds the variables that the code finds, 4,096 bytes of names and values together. A name is at least
	// two letters, digits and "_", a letter first, and none of those that Lambda sets itself, such as AWS_REGION. Values
	// can be read by everybody who may read the function's configuration, so they are no place for a secret. Default:
	// none.
	Environment map[string]provision.Text
	// Secrets are further variables, whose values are the ARNs of secrets in Secrets Manager or of parameters in SSM. The
	// code finds the ARN there, never the secret, and reads the secret itself in Role. Names as in Environment, and none
	// that is there; they count towards its 4,096 bytes. Default: none.
	Secrets map[string]provision.Secret
	// KMSKey is the ARN of the key of AWS KMS that encrypts the environment at rest. Default: a key that Lambda manages.
	KMSKey provision.Text
	// Subnets are the ids of up to 16 subnets (subnet-...) of one VPC from which the function calls others. It then has no
	// way to the Internet but that of the VPC. Default: none, it is in no VPC.
	Subnets []provision.Text
	// SecurityGroups are the ids of up to 5 security groups (sg-...) of that VPC. They are required if and only if Subnets
	// are.
	SecurityGroups []provision.Text
	// LogGroup is the name of the log group that the function writes to, usually the Name output of another node.
	// Default: "/aws/lambda/" and the function's name, which Lambda makes at the first line if the role allows it, which
	// keeps its lines for ever, and which outlives the environment.
	LogGroup provision.Text
	// JSONLogs writes what Lambda itself logs, and what runtimes know how to, as JSON. Default: as plain text.
	JSONLogs bool
	// URL gives the function an HTTPS address: [PublicURL] or [IAMURL]. Default: none.
	URL FunctionURL
}

// Variables returns Environment and the ARNs of Secrets together, as the code finds them.
func (f Function) Variables() map[string]provision.Text { return variables(f.Environment, f.Secrets) }

// Private returns the values of the environment, which no error repeats.
func (f Function) Private() []string { return privateTexts(f.Environment) }

// A FunctionZip is a zip file in Amazon S3, in the region of the function.
type FunctionZip struct {
	// Bucket is the name of the bucket. Required.
	Bucket provision.Text
	// Key is the key of the object. Required, and best different for each commit: "builds/${{commit}}.zip".
	Key provision.Text
	// Version is the version of the object, in a bucket with versions. Default: the newest.
	Version provision.Text
	// Runtime is what runs the code: "provided.al2023" for programs written in Go, "python3.13", "nodejs22.x". Required.
	Runtime string
	// Handler is what the runtime calls, in its own notation: "bootstrap", "app.handler". Required.
	Handler string
}

// A FunctionArchitecture is the instruction set that a function is built for.
type FunctionArchitecture string

// The values of a [FunctionArchitecture].
const (
	X8664 FunctionArchitecture = "x86_64" // 64-bit x86
	ARM64 FunctionArchitecture = "arm64"  // AWS Graviton
)

// A FunctionURL says who may call the URL of a function.
type FunctionURL string

// The values of a [FunctionURL].
const (
	NoURL     FunctionURL = ""        // there is none
	PublicURL FunctionURL = "NONE"    // everybody; the function's policy says so
	IAMURL    FunctionURL = "AWS_IAM" // requests that are signed, by whom IAM allows lambda:InvokeFunctionUrl and lambda:InvokeFunction
)

// Bounds of a function (Lambda developer guide, quotas; API reference, CreateFunction).
const (
	functionMinMemory   = 128
	functionMaxMemory   = 10_240
	functionMaxTimeout  = 15 * time.Minute
	functionMaxVars     = 4 << 10
	functionMaxSubnets  = 16
	functionMaxHandler  = 128
	functionMaxKey      = 1024
	functionMaxLogGroup = 512
)

var (
	functionImage    = regexp.MustCompile(`^\d{12}\.dkr[.-]ecr[a-z-]*\.[a-z0-9.-]+/[a-z0-9._/-]+(:[\w.-]{1,128}|@sha256:[0-9a-f]{64})$`)
	functionRole     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$`)
	functionKey      = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+$`)
	functionBucket   = regexp.MustCompile(`^[0-9A-Za-z._-]{3,63}$`)
	functionRuntime  = regexp.MustCompile(`^[a-z0-9.]+$`)
	functionHandler  = regexp.MustCompile(`^\S+$`)
	functionVariable = regexp.MustCompile(`^[A-Za-z]\w+$`)
	functionLogGroup = regexp.MustCompile(`^[\w./#-]+$`)
)

// functionReserved are the variables that Lambda sets itself and lets nobody set (developer guide, environment variables).
var functionReserved = []string{
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
}

// Kind returns [FunctionKind].
func (Function) Kind() provision.Kind { return FunctionKind }

// Outputs of a function.
func (Function) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the function's name"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the ARN of the function, without a version"},
		{Name: "Version", Type: provision.TextType, Doc: "the number of the published version, such as 1"},
		{Name: "VersionARN", Type: provision.TextType, Doc: "the ARN of the published version, which never changes what it does"},
		{Name: "URL", Type: provision.TextType, Doc: "https://... with a slash at its end; empty if there is none"},
		{Name: "URLHost", Type: provision.TextType, Doc: "the host of the URL; empty if there is none"},
	}
}

// Validate checks required fields, alphabets and ranges as far as they are known. It returns every problem, joined.
func (f Function) Validate() error {
	var p problems
	f.checkCode(&p)
	p.required("Role", f.Role)
	functionText(&p, "Role", f.Role, functionRole, "the ARN of a role, arn:aws:iam::123456789012:role/NAME")
	switch f.Architecture {
	case "", X8664, ARM64:
	default:
		p.addf("Architecture", `%q is not "x86_64", "arm64" or empty`, string(f.Architecture))
	}
	if n := f.MemoryMiB; n != 0 && (n < functionMinMemory || n > functionMaxMemory) {
		p.addf("MemoryMiB", "%d is out of range, it may be %d to %d", n, functionMinMemory, functionMaxMemory)
	}
	p.seconds("Timeout", f.Timeout, time.Second, functionMaxTimeout)
	f.checkEnvironment(&p)
	functionText(&p, "KMSKey", f.KMSKey, functionKey, "the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID")
	f.checkVPC(&p)
	functionText(&p, "LogGroup", f.LogGroup, functionLogGroup, "the name of a log group: letters, digits and _-/.#")
	if text, ok := literal(f.LogGroup); ok && len(text) > functionMaxLogGroup {
		p.addf("LogGroup", "has %d characters, at most %d are allowed", len(text), functionMaxLogGroup)
	}
	switch f.URL {
	case NoURL, PublicURL, IAMURL:
	default:
		p.addf("URL", `%q is not "NONE", "AWS_IAM" or empty`, string(f.URL))
	}
	return p.err()
}

// functionText checks a text that is known against what it has to look like.
func functionText(p *problems, field string, t provision.Text, shape *regexp.Regexp, what string) {
	if text, ok := literal(t); ok && text != "" && !shape.MatchString(text) {
		p.addf(field, "%q is not %s", text, what)
	}
}

func (f Function) checkCode(p *problems) {
	switch {
	case f.Image == "" && f.Zip == (FunctionZip{}):
		p.addf("Image", "is missing, and so is Zip; the code is in one of them")
		return
	case f.Image != "" && f.Zip != (FunctionZip{}):
		p.addf("Zip", "is set, and Image as well; the code is in one of them")
		return
	case f.Image != "":
		functionText(p, "Image", f.Image, functionImage,
			"the URI of an image in Amazon ECR with a tag or digest, ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG")
		return
	}
	p.required("Zip.Bucket", f.Zip.Bucket)
	functionText(p, "Zip.Bucket", f.Zip.Bucket, functionBucket, "the name of a bucket")
	p.required("Zip.Key", f.Zip.Key)
	if text, ok := literal(f.Zip.Key); ok && len(text) > functionMaxKey {
		p.addf("Zip.Key", "has %d bytes, at most %d are allowed", len(text), functionMaxKey)
	}
	if !functionRuntime.MatchString(f.Zip.Runtime) {
		p.addf("Zip.Runtime", `%q is not the name of a runtime such as "provided.al2023"`, f.Zip.Runtime)
	}
	if !functionHandler.MatchString(f.Zip.Handler) || len(f.Zip.Handler) > functionMaxHandler {
		p.addf("Zip.Handler", "%q is not a handler: 1 to %d characters without blanks", f.Zip.Handler, functionMaxHandler)
	}
}

func (f Function) checkEnvironment(p *problems) {
	total := 0
	all := f.Variables()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		field := fmt.Sprintf("Environment[%q]", name)
		if secret, ok := f.Secrets[name]; ok {
			field = fmt.Sprintf("Secrets[%q]", name)
			p.secret(field, secret)
			if _, twice := f.Environment[name]; twice {
				p.addf(field, "is in Environment as well")
			}
		}
		switch {
		case !functionVariable.MatchString(name):
			p.addf(field, `the name of a variable is at least two letters, digits and "_", a letter first`)
		case slices.Contains(functionReserved, name):
			p.addf(field, "Lambda sets this variable itself")
		}
		total += len(name)
		text, known := literal(all[name])
		if strings.ContainsRune(text, 0) {
			p.addf(field, "holds a NUL byte, which no variable can")
		}
		if known {
			total += len(text)
		}
	}
	if total > functionMaxVars {
		p.addf("Environment", "has %d bytes of names and values, those of Secrets included; at most %d are allowed", total, functionMaxVars)
	}
}

func (f Function) checkVPC(p *problems) {
	switch subnets, groups := len(f.Subnets), len(f.SecurityGroups); {
	case subnets > 0 && groups == 0:
		p.addf("SecurityGroups", "is missing; a function in subnets needs at least one")
	case subnets == 0 && groups > 0:
		p.addf("Subnets", "is missing; security groups need a VPC to be in")
	}
	functionIDs(p, "Subnets", f.Subnets, "subnet-", functionMaxSubnets)
	functionIDs(p, "SecurityGroups", f.SecurityGroups, "sg-", maxGroups)
}

func functionIDs(p *problems, field string, ids []provision.Text, prefix string, most int) {
	if n := len(ids); n > most {
		p.addf(field, "%d are too many, at most %d are allowed", n, most)
	}
	for i, id := range ids {
		p.required(indexed(field, i), id)
		p.id(indexed(field, i), id, prefix)
		if slices.Contains(ids[:i], id) {
			p.addf(indexed(field, i), "%q is listed twice", id)
		}
	}
}

// FunctionRef is the handle of a [Function] in a blueprint.
type FunctionRef struct{ provision.Ref }

// AddFunction adds a function to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddFunction(b *provision.Blueprint, name string, f Function, optFns ...func(*provision.Node)) FunctionRef {
	return FunctionRef{b.Add(name, f, optFns...)}
}

// Name is the function's name. Known at once.
func (r FunctionRef) Name() provision.Text { return r.Output("Name") }

// ARN is the ARN of the function, without a version. Known at once.
func (r FunctionRef) ARN() provision.Text { return r.Output("ARN") }

// Version is the number of the published version. Known when it is ready.
func (r FunctionRef) Version() provision.Text { return r.Output("Version") }

// VersionARN is the ARN of the published version. Known when it is ready.
func (r FunctionRef) VersionARN() provision.Text { return r.Output("VersionARN") }

// URL is the HTTPS address of the function, with a slash at its end; empty if it has none. Known when it is ready.
func (r FunctionRef) URL() provision.Text { return r.Output("URL") }

// URLHost is the host of the URL; empty if there is none. Lambda answers requests for this very host only, so it is the
// origin of a content network rather than the target of a CNAME. Known when it is ready.
func (r FunctionRef) URLHost() provision.Text { return r.Output("URLHost") }
