"""The host's bundle of trusted certificates, which cells get to see read-only.

Behind a gateway that inspects TLS (many companies), only the host's own bundle knows its CA.
"""

from collections.abc import Mapping
from pathlib import Path

_USUAL_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine
)


def host_ca_bundle(environment: Mapping[str, str]) -> Path | None:
    """The file SSL_CERT_FILE names, else the first usual place; `None` when there is none."""
    for place in (environment.get("SSL_CERT_FILE", ""), *_USUAL_PLACES):
        if place.startswith("/") and (file := Path(place)).is_file():
            return file.resolve()
    return None
