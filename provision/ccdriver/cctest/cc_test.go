package cctest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver/cctest"
)

const (
	repository = "AWS::ECR::Repository"
	address    = "AWS::EC2::EIP"
)

// world is a client of a simulated service.
type world struct {
	*cloudcontrol.Client
	service *cctest.CloudControl
}

// in runs a test in virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*cctest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := cctest.Register(cloud, optFns...)
		test(t.Context(), t, world{cloudcontrol.NewFromConfig(cloud.Config()), service})
	})
}

func (w world) create(ctx context.Context, typeName, desired, token string) (*types.ProgressEvent, error) {
	out, err := w.CreateResource(ctx, &cloudcontrol.CreateResourceInput{
		TypeName: &typeName, DesiredState: &desired, ClientToken: aws.String(token),
	})
	if err != nil {
		return nil, err
	}
	return out.ProgressEvent, nil
}

func (w world) status(ctx context.Context, t *testing.T, event *types.ProgressEvent) *types.ProgressEvent {
	t.Helper()
	out, err := w.GetResourceRequestStatus(ctx, &cloudcontrol.GetResourceRequestStatusInput{RequestToken: event.RequestToken})
	require.NoError(t, err)
	return out.ProgressEvent
}

func (w world) get(ctx context.Context, typeName, identifier string) (string, error) {
	out, err := w.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: &typeName, Identifier: &identifier})
	if err != nil {
		return "", err
	}
	return *out.ResourceDescription.Properties, nil
}

func TestRequestsTakeTheirTime(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		event, err := w.create(ctx, repository, `{"RepositoryName": "shop"}`, "t1")
		require.NoError(t, err)
		require.Equal(t, types.OperationStatusPending, event.OperationStatus)
		require.Nil(t, event.Identifier)
		require.Equal(t, 5*time.Second, time.Until(*event.RetryAfter))
		time.Sleep(time.Second)
		event = w.status(ctx, t, event)
		require.Equal(t, types.OperationStatusInProgress, event.OperationStatus)
		require.Equal(t, "shop", *event.Identifier)
		w.status(ctx, t, event)
		require.Equal(t, 1, w.service.Impatient())
		time.Sleep(19 * time.Second)
		event = w.status(ctx, t, event)
		require.Equal(t, types.OperationStatusSuccess, event.OperationStatus)
		require.Nil(t, event.RetryAfter)
		var missing *types.ResourceNotFoundException
		_, err = w.get(ctx, repository, "shop")
		require.ErrorAs(t, err, &missing, "a success does not mean that everybody knows it")
		time.Sleep(3 * time.Second)
		properties, err := w.get(ctx, repository, "shop")
		require.NoError(t, err)
		require.JSONEq(t, `{"RepositoryName": "shop", "Arn": "arn:aws:ecr:us-east-1:123456789012:repository/shop",
			"RepositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop"}`, properties)
		time.Sleep(8 * 24 * time.Hour)
		var forgotten *types.RequestTokenNotFoundException
		_, err = w.GetResourceRequestStatus(ctx, &cloudcontrol.GetResourceRequestStatusInput{RequestToken: event.RequestToken})
		require.ErrorAs(t, err, &forgotten)
	})
}

func TestTokensRepeatForADayAndAHalf(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		first, err := w.create(ctx, address, `{}`, "t1")
		require.NoError(t, err)
		again, err := w.create(ctx, address, `{}`, "t1")
		require.NoError(t, err)
		require.Equal(t, first.RequestToken, again.RequestToken)
		var conflict *types.ClientTokenConflictException
		_, err = w.create(ctx, address, `{"Domain": "vpc"}`, "t1")
		require.ErrorAs(t, err, &conflict)
		time.Sleep(36*time.Hour - time.Second)
		again, err = w.create(ctx, address, `{}`, "t1")
		require.NoError(t, err)
		require.Equal(t, first.RequestToken, again.RequestToken)
		require.Equal(t, "192.0.2.1|eipalloc-1", *again.Identifier)
		time.Sleep(time.Second)
		again, err = w.create(ctx, address, `{}`, "t1")
		require.NoError(t, err)
		require.NotEqual(t, first.RequestToken, again.RequestToken)
		require.Len(t, w.service.Resources(), 2, "a new resource, with the same token")
	})
}

func TestHandlersRefuseInEvents(t *testing.T) {
	for name, tt := range map[string]struct {
		typeName, desired string
		code              types.HandlerErrorCode
	}{
		"unknown property":   {repository, `{"Nonsense": 1}`, types.HandlerErrorCodeInvalidRequest},
		"read-only property": {repository, `{"Arn": "x"}`, types.HandlerErrorCodeInvalidRequest},
		"missing property":   {"AWS::SSM::Parameter", `{"Type": "String"}`, types.HandlerErrorCodeInvalidRequest},
		"name":               {repository, `{"RepositoryName": "a b"}`, types.HandlerErrorCodeInvalidRequest},
		"tags as a map":      {repository, `{"Tags": {"a": "b"}}`, types.HandlerErrorCodeInvalidRequest},
		"tags as a list":     {"AWS::SSM::Parameter", `{"Type": "String", "Value": "x", "Tags": [{"Key": "a", "Value": "b"}]}`, types.HandlerErrorCodeInvalidRequest},
		"tag of other signs": {repository, `{"Tags": [{"Key": "a", "Value": "(b)"}]}`, types.HandlerErrorCodeInvalidRequest},
		"tag twice":          {repository, `{"Tags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]}`, types.HandlerErrorCodeInvalidRequest},
		"tags of no type":    {"AWS::IAM::Group", `{"Tags": [{"Key": "a", "Value": "b"}]}`, types.HandlerErrorCodeInvalidRequest},
		"taken":              {repository, `{"RepositoryName": "theirs"}`, types.HandlerErrorCodeAlreadyExists},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				_, err := w.service.AddResource(repository, map[string]any{"RepositoryName": "theirs"})
				require.NoError(t, err)
				event, err := w.create(ctx, tt.typeName, tt.desired, "t1")
				require.NoError(t, err)
				time.Sleep(time.Second)
				event = w.status(ctx, t, event)
				require.Equal(t, types.OperationStatusFailed, event.OperationStatus)
				require.Equal(t, tt.code, event.ErrorCode)
				require.NotEmpty(t, *event.StatusMessage)
				require.Len(t, w.service.Resources(), 1)
			})
		})
	}
}

func TestCallsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var noType *types.TypeNotFoundException
		_, err := w.create(ctx, "AWS::Route53::RecordSet", `{}`, "t1")
		require.ErrorAs(t, err, &noType)
		for _, desired := range []string{`[]`, `null`, `{`} {
			var invalid *types.InvalidRequestException
			_, err = w.create(ctx, repository, desired, "t1")
			require.ErrorAs(t, err, &invalid)
		}
		_, err = w.CancelResourceRequest(ctx, &cloudcontrol.CancelResourceRequestInput{RequestToken: aws.String("x")})
		require.ErrorContains(t, err, "NotSimulated")
	})
}

func TestOneOperationAtATime(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddResource(repository, map[string]any{"RepositoryName": "shop"})
		require.NoError(t, err)
		remove := func(token string) (*cloudcontrol.DeleteResourceOutput, error) {
			return w.DeleteResource(ctx, &cloudcontrol.DeleteResourceInput{
				TypeName: aws.String(repository), Identifier: aws.String("shop"), ClientToken: aws.String(token),
			})
		}
		out, err := remove("d1")
		require.NoError(t, err)
		again, err := remove("d1")
		require.NoError(t, err)
		require.Equal(t, out.ProgressEvent.RequestToken, again.ProgressEvent.RequestToken)
		var occupied *types.ConcurrentOperationException
		_, err = remove("d2")
		require.ErrorAs(t, err, &occupied)
		_, err = w.get(ctx, repository, "shop")
		require.NoError(t, err, "it is there until the end")
		time.Sleep(20 * time.Second)
		require.Empty(t, w.service.Resources())
		var missing *types.ResourceNotFoundException
		_, err = remove("d3")
		require.ErrorAs(t, err, &missing)
	})
}

func TestListsAreThinAndHavePages(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, name := range []string{"a1", "b1", "c1"} {
			for typeName, property := range map[string]string{repository: "RepositoryName", "AWS::SNS::Topic": "TopicName"} {
				_, err := w.service.AddResource(typeName, map[string]any{
					property: name, "Tags": []any{map[string]any{"Key": "team", "Value": "blue"}},
				})
				require.NoError(t, err)
			}
		}
		for typeName, whole := range map[string]bool{repository: false, "AWS::SNS::Topic": true} {
			out, err := w.ListResources(ctx, &cloudcontrol.ListResourcesInput{TypeName: aws.String(typeName)})
			require.NoError(t, err)
			require.Len(t, out.ResourceDescriptions, 2)
			require.Equal(t, whole, len(*out.ResourceDescriptions[0].Properties) > 40)
			out, err = w.ListResources(ctx, &cloudcontrol.ListResourcesInput{TypeName: aws.String(typeName), NextToken: out.NextToken})
			require.NoError(t, err)
			require.Len(t, out.ResourceDescriptions, 1)
			require.Nil(t, out.NextToken)
		}
		require.Equal(t, map[string]string{"team": "blue"}, w.service.Resources()[0].Tags)
	})
}

func TestRequestsAreListedByOperationAndStatus(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, token := range []string{"t1", "t2", "t3"} {
			_, err := w.create(ctx, address, `{}`, token)
			require.NoError(t, err)
		}
		count := func(filter types.ResourceRequestStatusFilter) (n int) {
			pages := cloudcontrol.NewListResourceRequestsPaginator(w, &cloudcontrol.ListResourceRequestsInput{ResourceRequestStatusFilter: &filter})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page.ResourceRequestStatusSummaries), 2)
				n += len(page.ResourceRequestStatusSummaries)
			}
			return n
		}
		require.Equal(t, 3, count(types.ResourceRequestStatusFilter{}))
		require.Equal(t, 3, count(types.ResourceRequestStatusFilter{OperationStatuses: []types.OperationStatus{types.OperationStatusPending}}))
		require.Zero(t, count(types.ResourceRequestStatusFilter{Operations: []types.Operation{types.OperationDelete}}))
		time.Sleep(time.Minute)
		require.Zero(t, count(types.ResourceRequestStatusFilter{OperationStatuses: []types.OperationStatus{types.OperationStatusPending}}))
		require.Equal(t, 3, count(types.ResourceRequestStatusFilter{OperationStatuses: []types.OperationStatus{types.OperationStatusSuccess}}))
	})
}

func TestTheRateIsLimited(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		once := func(o *cloudcontrol.Options) { o.RetryMaxAttempts = 1 }
		list := func() error {
			_, err := w.ListResources(ctx, &cloudcontrol.ListResourcesInput{TypeName: aws.String(repository)}, once)
			return err
		}
		require.NoError(t, list())
		var throttled *types.ThrottlingException
		require.ErrorAs(t, list(), &throttled)
		time.Sleep(time.Second)
		require.NoError(t, list())
	}, func(o *cctest.Options) { o.Rate, o.Burst = 1, 1 })
}
