# certificates.awk: the CERTIFICATE blocks of a PEM file, and nothing else of it. For certificates.sh.
# A block is base64 that begins as DER does, between its two marks; other blocks are left out.

{ sub(/[ \t\r]+$/, "") }

/^-----BEGIN / {
	BLOCK = ($0 == "-----BEGIN CERTIFICATE-----") ? $0 "\n" : ""
	FIRST = 1
	next
}

BLOCK == "" { next }

$0 == "-----END CERTIFICATE-----" {
	if (!FIRST) printf "%s%s\n", BLOCK, $0
	BLOCK = ""
	next
}

# The base64 of a DER sequence of more than 127 bytes.
(FIRST && !/^MI/) || !/^[A-Za-z0-9+\/]+=*$/ { BLOCK = ""; next }

{ BLOCK = BLOCK $0 "\n"; FIRST = 0 }
