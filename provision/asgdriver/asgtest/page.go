package asgtest

import (
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// Sizes of pages (API reference).
const (
	defaultRecords = 50
	maxRecords     = 100
)

// page cuts a page out of items, whose places grow along the list. A token is the place where the page before ended, so
// that what is made or deleted in between neither repeats nor hides the rest.
func page[T any](a *ASG, items []T, place func(T) int, size *int32, token *string) ([]T, *string, error) {
	n := defaultRecords
	if size != nil {
		if *size < 1 || *size > maxRecords {
			return nil, nil, invalid("MaxRecords %d is out of range; it may be 1 to %d", *size, maxRecords)
		}
		n = int(*size)
	}
	if token != nil {
		text, err := base64.StdEncoding.DecodeString(*token)
		last, wrong := strconv.Atoi(string(text))
		if err != nil || wrong != nil {
			return nil, nil, &types.InvalidNextToken{Message: aws.String("The NextToken value is not valid.")}
		}
		items = slices.DeleteFunc(slices.Clone(items), func(item T) bool { return place(item) <= last })
	}
	if forced := a.cloud.Options().PageSize; forced > 0 {
		n = min(n, forced)
	}
	if len(items) <= n {
		return items, nil, nil
	}
	next := base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(place(items[n-1]))))
	return items[:n], aws.String(next), nil
}
