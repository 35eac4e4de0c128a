package awstest_test

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver/iamtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
)

// roleNamed makes sure that there is a role, and returns its ARN.
func roleNamed(cloud *awstest.Cloud, name string) provision.Text {
	roles := cloud.IAM.Roles()
	if i := slices.IndexFunc(roles, func(r iamtest.Role) bool { return r.Name == name }); i >= 0 {
		return provision.Text(roles[i].ARN)
	}
	made, err := cloud.IAM.AddRole(name)
	if err != nil {
		panic(err) // a constant that IAM refuses
	}
	return provision.Text(made.ARN)
}

// builds is the bucket that code of functions is put into by whoever builds it.
const builds = "builds"

// code makes sure that there is code for functions, and returns where: that of the version which most tests deploy.
func code(cloud *awstest.Cloud) kinds.FunctionZip {
	if len(madeBuckets(cloud)) == len(cloud.S3.Buckets()) {
		if _, err := cloud.S3.AddBucket(builds, nil); err != nil {
			panic(err) // a constant that S3 refuses
		}
	}
	// What is there already is replaced by the same.
	for _, key := range []string{owner().Commit + ".zip", "any.zip"} {
		if err := cloud.S3.AddObject(builds, key); err != nil {
			panic(err)
		}
	}
	return kinds.FunctionZip{Bucket: builds, Key: "${{commit}}.zip", Runtime: "provided.al2023", Handler: "bootstrap"}
}

// anyCode is code that is there for every version.
func anyCode(cloud *awstest.Cloud) kinds.FunctionZip {
	zip := code(cloud)
	zip.Key = "any.zip"
	return zip
}

// madeBuckets are the buckets that are not there for code.
func madeBuckets(cloud *awstest.Cloud) []s3test.Bucket {
	return slices.DeleteFunc(cloud.S3.Buckets(), func(b s3test.Bucket) bool { return b.Name == builds })
}
