"""What a hostile client or a careless rule may hold: near misses of hosts, targets and heads."""

from hypothesis import strategies as st

NAMES = ("example.com", "www.example.com", "a.b.example.com", "example.org", "localhost", "com")
"""Few, so that what is asked and what is ruled meet often."""

_NUMBERS = (
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "93.184.215.14",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "fe80::1",
    "2606:2800::1",
)

_ODD = (
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "2130706433",
    "0x7f000001",
    "127.0.0.1.",
    "fe80::1%eth0",
    "::ffff:7f00:1",
    "1.2.3.4.example.com",
    "example.com.",
    "example.com..",
    ".example.com",
    "xn--bcher-kva.example.com",
    "xn--a",
    "b\u00fccher.example.com",
    "\u212aelvin.example.com",
    "example\u3002com",
    "\uff11\uff12\uff17.0.0.1",
    "\u2488.example.com",
    "fa\u00df.example.com",
    "\u0130.example.com",
    "a" * 63 + ".example.com",
    "a" * 64 + ".example.com",
    "-a.example.com",
    "_dmarc.example.com",
)

_MARKS = [*"aZ09.-_:[]%@/\\?#*xfX \t\r\n\0'\"&;=~", "\xad", "\u200b", "\u202e", "\u3002"]

_PLACES = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(_NUMBERS),
    st.sampled_from(_ODD),
    st.ip_addresses().map(str),
    st.from_regex(
        r"(0x[0-9a-f]{1,8}|[0-9]{1,10})(\.(0x[0-9a-f]{1,3}|[0-9]{1,4})){0,4}\.?", fullmatch=True
    ),
    st.text(st.sampled_from(_MARKS) | st.characters(), max_size=30),
)


@st.composite
def hosts(draw: st.DrawFn) -> str:
    """A host, sometimes in another case, in brackets, or with something put into it."""
    text: str = draw(_PLACES)
    change = draw(st.integers(0, 9))
    if change == 0:
        text = text.upper()
    elif change == 1:
        text = f"[{text}]"
    elif change == 2:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(_MARKS)) + text[at:]
    elif change == 3:
        text += "."
    return text


ports = st.one_of(
    st.sampled_from(
        ["80", "443", "8080", "1", "65535", "0", "65536", "080", "+80", "", " 80", "8_0"]
    ),
    st.integers(1, 65535).map(str),
    st.text(st.sampled_from("0123456789x+-_ \u0668\uff18"), max_size=6),
)

authorities = st.one_of(
    st.builds("{}:{}".format, hosts(), ports),
    st.builds("[{}]:{}".format, hosts(), ports),
    hosts(),
)

_paths = st.one_of(
    st.sampled_from(
        ["", "/", "/x", "/a#b", "?q", "/?q=http://example.org/", "//example.org/", "/a/../b"]
    ),
    st.text(st.sampled_from("/?#@:\\%.a0;= \t") | st.characters(), max_size=20).map("/{}".format),
)

urls = st.one_of(
    st.builds("http://{}{}".format, st.sampled_from(NAMES), _paths),
    st.builds(
        "{}://{}{}".format,
        st.sampled_from(["http", "HTTP", "https", "ftp", ""]),
        authorities,
        _paths,
    ),
    st.builds("http://user@{}{}".format, authorities, _paths),
    st.text(max_size=30),
)
