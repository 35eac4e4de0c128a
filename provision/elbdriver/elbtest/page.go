package elbtest

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// maxPage is the largest page, which is also the one of a request that names no size.
const maxPage = 400

// paged returns the page of a listing that begins behind a marker, in the order in which the things were made.
func paged[T any](e *ELB, all []T, seq func(T) int, size *int32, marker *string) (page []T, next *string, err error) {
	limit := maxPage
	if size != nil {
		if *size < 1 || *size > maxPage {
			return nil, nil, validation("Page size must be between 1 and %d", maxPage)
		}
		limit = int(*size)
	}
	if forced := e.cloud.Options().PageSize; forced > 0 {
		limit = min(limit, forced)
	}
	after := 0
	if marker != nil {
		text, err := base64.URLEncoding.DecodeString(*marker)
		if err == nil {
			after, err = strconv.Atoi(string(text))
		}
		if err != nil {
			return nil, nil, validation("The marker '%s' is not valid", *marker)
		}
	}
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(seq(a), seq(b)) })
	first, _ := slices.BinarySearchFunc(all, after+1, func(t T, n int) int { return cmp.Compare(seq(t), n) })
	page = all[first:]
	if len(page) > limit {
		page = page[:limit]
		next = aws.String(base64.URLEncoding.EncodeToString([]byte(strconv.Itoa(seq(page[limit-1])))))
	}
	return page, next, nil
}
