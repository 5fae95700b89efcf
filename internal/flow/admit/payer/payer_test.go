package payer

import (
	"testing"
	"unsafe"
)

func TestAnAccountCostsLittleMemory(t *testing.T) {
	if n := unsafe.Sizeof(payer{}); n > 16 {
		t.Errorf("an account takes %d bytes", n)
	}
}
