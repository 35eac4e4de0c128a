package sim

import (
	"io"
	"reflect"
)

// Clone returns a deep copy of an input or output of the SDK, so that neither the record nor the state of a service shares
// memory with a caller. Readers are shared, for a stream cannot be copied.
func Clone[T any](v T) T {
	src := reflect.ValueOf(&v).Elem()
	var copied T
	clone(reflect.ValueOf(&copied).Elem(), src)
	return copied
}

func clone(dst, src reflect.Value) {
	switch src.Kind() {
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(src.Type().Elem()))
			clone(dst.Elem(), src.Elem())
		}
	case reflect.Interface:
		if src.IsNil() {
			return
		}
		if _, stream := reflect.TypeAssert[io.Reader](src); stream {
			dst.Set(src)
			return
		}
		elem := reflect.New(src.Elem().Type()).Elem()
		clone(elem, src.Elem())
		dst.Set(elem)
	case reflect.Slice:
		if !src.IsNil() {
			dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
			for i := range src.Len() {
				clone(dst.Index(i), src.Index(i))
			}
		}
	case reflect.Map:
		if !src.IsNil() {
			dst.Set(reflect.MakeMapWithSize(src.Type(), src.Len()))
			for _, key := range src.MapKeys() {
				elem := reflect.New(src.Type().Elem()).Elem()
				clone(elem, src.MapIndex(key))
				dst.SetMapIndex(key, elem)
			}
		}
	case reflect.Struct:
		dst.Set(src) // what is not exported, such as the inside of a time.Time
		for i := range src.NumField() {
			if src.Type().Field(i).IsExported() {
				clone(dst.Field(i), src.Field(i))
			}
		}
	default:
		dst.Set(src)
	}
}
