# tusk: tests/support/certificates.sh — the throwaway certificates of a throwaway server; sourced by servers.sh.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# What is made is listed in servers.sh. The keys of the authorities are gone once they have signed.

make_certificates() { # DIR
  local dir=$1 days=30
  make_ca() { # name, common name
    openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days "$days" \
      -subj "/CN=$2" -keyout "$dir/$1.key" -out "$dir/$1.pem" 2>>"$dir/log"
  }
  make_ca ca "tusk throwaway test CA"
  make_ca other-ca "tusk other throwaway test CA"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -subj /CN=localhost \
    -keyout "$dir/server.key" -out "$dir/server.csr" 2>>"$dir/log"
  openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -sha256 -days "$days" \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\n') \
    -out "$dir/server.pem" 2>>"$dir/log"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -subj /CN=tusk_cert \
    -keyout "$dir/client.key" -out "$dir/client.csr" 2>>"$dir/log"
  openssl x509 -req -in "$dir/client.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -sha256 -days "$days" \
    -out "$dir/client.pem" 2>>"$dir/log"
  openssl pkcs8 -topk8 -in "$dir/client.key" -out "$dir/client-encrypted.key" -v2 aes-256-cbc \
    -passout 'pass:secret key' 2>>"$dir/log"
  make_revocation_lists
  rm -f "$dir/ca.key" "$dir/other-ca.key" "$dir"/{server,client}.csr "$dir/ca.srl"
  chmod 0600 "$dir"/{server,client,client-encrypted}.key
}

make_revocation_lists() {
  local database=$dir/revoked.txt
  : >"$database"
  ca() {
    openssl ca -config <(printf '[ca]\ndefault_ca=a\n[a]\ndatabase=%s\ndefault_md=sha256\n' "$database") \
      -cert "$dir/ca.pem" -keyfile "$dir/ca.key" -crldays 30 "$@" 2>>"$dir/log"
  }
  ca -gencrl -out "$dir/clean.crl"
  ca -revoke "$dir/server.pem"
  ca -gencrl -out "$dir/revoked.crl"
  rm -f "$database"*
}
