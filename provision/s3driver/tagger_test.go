package s3driver_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// tagger is an HTTP client that does what moto 5.2 does not: it gives a bucket the tags of the request that makes it. It stands behind the
// wire that loses replies, so that a bucket whose maker never heard of it has its tags, as on S3.
type tagger struct {
	aws.HTTPClient
	client *s3.Client // whose requests do not come by here
}

// newTagger puts a tagger between what config speaks HTTP with and what comes before it.
func newTagger(config *aws.Config) {
	config.HTTPClient = &tagger{config.HTTPClient, s3.NewFromConfig(*config, pathStyle)}
}

// Do sends a request, and another one after it if that made a bucket.
func (t *tagger) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPut || r.URL.RawQuery != "" || r.Body == nil {
		return t.HTTPClient.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	response, err := t.HTTPClient.Do(r)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	if err := t.tag(r, body); err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	return response, nil
}

// tag gives the bucket that a request has made the tags in its body.
func (t *tagger) tag(r *http.Request, body []byte) error {
	var config struct {
		Tags []types.Tag `xml:"Tags>Tag"`
	}
	if err := xml.Unmarshal(body, &config); err != nil || len(config.Tags) == 0 {
		return err
	}
	_, err := t.client.PutBucketTagging(r.Context(), &s3.PutBucketTaggingInput{
		Bucket: aws.String(strings.Trim(r.URL.Path, "/")), Tagging: &types.Tagging{TagSet: config.Tags},
	})
	return err
}
