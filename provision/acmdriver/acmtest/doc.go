// Package acmtest is a simulated AWS Certificate Manager, as far as looking at certificates goes. It answers real SDK clients inside
// the process, is as strict as the service where a program that chooses a certificate can go wrong, and lives by package time, so that
// in a testing/synctest bubble a year costs nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	cloud.ACM.AddCertificate(acmtest.Certificate{Domain: "*.shop.example.com"})
//	client := acm.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//
// # What it is strict about
//
//   - Certificates belong to a region: clients of another one are told that there is no such certificate.
//   - RequestCertificate makes a certificate that waits for validation, until [ACM.SetStatus] or for ever; nothing that
//     is not issued is valid.
//   - After its last day a certificate is EXPIRED.
//   - For [Options.Settle] after its request a certificate cannot be described.
//   - ListCertificates shows RSA keys of 1,024 and 2,048 bits only, unless it is told otherwise; a summary has the first hundred names
//     of a certificate and says whether there are more; pages are in no order that means anything.
//   - Names of domains: alphabet and length.
//   - Rate: [Options.Rate].
//
// Nothing is signed, and there are no keys: only what describes certificates is simulated. Neither are validation records, renewal, import,
// export and tags.
package acmtest
