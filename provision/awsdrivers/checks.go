package awsdrivers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
)

// checks are the drivers and clients that the others ask about what belongs to services which are not theirs.
type checks struct {
	networks     *ec2driver.Driver
	roles        *iamdriver.Driver
	certificates *acmdriver.Driver
	images       *ecrdriver.Driver
	parameters   parameterReader
	objects      objectFinder

	questions *questions
}

// newChecks makes them for [All].
func newChecks(cfg aws.Config, opts Options) checks {
	c := checks{
		roles:        iamdriver.New(iam.NewFromConfig(cfg), opts.IAM...),
		certificates: acmdriver.New(acm.NewFromConfig(cfg), func(o *acmdriver.Options) { o.Region = cfg.Region }),
		images:       ecrdriver.New(ecr.NewFromConfig(cfg)),
		parameters:   ssm.NewFromConfig(cfg),
		objects:      s3.NewFromConfig(cfg),
		questions:    &questions{},
	}
	retryer := func(o *ec2driver.Options) { o.Retryer = cfg.Retryer() }
	c.networks = ec2driver.New(ec2.NewFromConfig(cfg), before(opts.EC2, retryer, c.instances)...)
	return c
}

// instances lets the driver of instances ask about instance profiles, and read the parameters that AWS publishes the ids of images in.
func (c checks) instances(o *ec2driver.Options) {
	o.InstanceProfile = c.once("instance profile", c.roles.CheckInstanceProfile)
	o.Parameter = parameter(c.parameters)
}

// groups lets the driver of groups of instances ask about their subnets.
func (c checks) groups(o *asgdriver.Options) { o.Network = c.network }

// balancers lets the driver of load balancers ask about their networks, and about the certificates of listeners.
func (c checks) balancers(o *elbdriver.Options) {
	o.Network, o.Certificate = c.network, c.once("certificate", c.certificates.CheckCertificate)
}

// containers lets the driver of containers ask about their networks, images and roles.
func (c checks) containers(o *ecsdriver.Options) {
	o.Network, o.Image, o.IAMRole = c.network, c.once("image", c.images.CheckImage), c.once("role", c.roles.CheckRole)
}

// functions lets the driver of functions ask about their networks, code and roles.
func (c checks) functions(o *lambdadriver.Options) {
	o.Network, o.Image, o.IAMRole = c.network, c.once("image", c.images.CheckImage), c.once("role", c.roles.CheckRole)
	o.Object = object(c.objects)
}

// databases lets the driver of databases ask about their security groups.
func (c checks) databases(o *rdsdriver.Options) { o.Network = c.network }

// once is a question of that sort, which is asked once however many nodes have it.
func (c checks) once(sort string, ask func(context.Context, string) error) func(context.Context, string) error {
	return func(ctx context.Context, name string) error {
		return c.questions.once(ctx, sort+" "+name, func() error { return ask(ctx, name) })
	}
}

// network asks for subnets and security groups, once for each combination of them.
func (c checks) network(ctx context.Context, subnets, groups []provision.Text) error {
	return c.questions.once(ctx, fmt.Sprintf("network of %q and %q", subnets, groups), func() error {
		return c.networks.CheckNetwork(ctx, subnets, groups)
	})
}

// parameterReader is what [parameter] asks of Systems Manager.
type parameterReader interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

var _ parameterReader = (*ssm.Client)(nil)

// parameter reads the value of a parameter, and does not have it decrypted: one that is a secret is refused.
func parameter(api parameterReader) func(ctx context.Context, name string) (string, error) {
	return func(ctx context.Context, name string) (string, error) {
		out, err := api.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(name)})
		var (
			unknown *types.ParameterNotFound
			version *types.ParameterVersionNotFound
		)
		switch {
		case errors.As(err, &unknown), errors.As(err, &version):
			return "", &provision.MissingError{What: "parameter " + name, Err: err}
		case err != nil:
			return "", fmt.Errorf("awsdrivers: reading the parameter %s: %w", name, err)
		case out.Parameter == nil || out.Parameter.Type == types.ParameterTypeSecureString:
			return "", &provision.MissingError{What: "parameter " + name, Why: "it is a secret, and its value is not for reading"}
		}
		return aws.ToString(out.Parameter.Value), nil
	}
}

// objectFinder is what [object] asks of S3.
type objectFinder interface {
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
}

var _ objectFinder = (*s3.Client)(nil)

// object asks whether there is an object in S3. S3 says "forbidden" of one that is missing to whoever may not list the bucket, so that is
// no answer.
func object(api objectFinder) func(ctx context.Context, bucket, key, version string) error {
	return func(ctx context.Context, bucket, key, version string) error {
		in := &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)}
		what := fmt.Sprintf("object %s in the bucket %s", key, bucket)
		if version != "" {
			in.VersionId = aws.String(version)
			what = fmt.Sprintf("version %s of the %s", version, what)
		}
		_, err := api.HeadObject(ctx, in)
		var response *smithyhttp.ResponseError // the answer to HEAD has no body, and so no code of an error
		if err == nil || !errors.As(err, &response) {
			return err
		}
		switch response.HTTPStatusCode() {
		case http.StatusForbidden:
			return nil
		case http.StatusNotFound:
			return &provision.MissingError{What: what, Err: err}
		case http.StatusMovedPermanently:
			return &provision.MissingError{What: what, Why: "the bucket is in another region, and Lambda takes code only of its own", Err: err}
		}
		return fmt.Errorf("awsdrivers: looking for the %s: %w", what, err)
	}
}
