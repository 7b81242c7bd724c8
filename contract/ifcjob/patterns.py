"""String types with a pattern that Kubernetes or an object store requires, and a message for other text."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ifcjob.cel_rules import pattern_message, rule, rules

DNS_LABEL_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
S3_URI_PATTERN = r"^s3(\+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]/.+$"
SUBDOMAIN_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_ENDS = "starting and ending with a letter or digit"

DnsLabel = Annotated[
    str,
    Field(
        min_length=1,
        max_length=63,
        pattern=DNS_LABEL_PATTERN,
        json_schema_extra=pattern_message(f"must be lower-case letters, digits and -, {_ENDS}"),
    ),
]
ObjectName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=SUBDOMAIN_PATTERN,
        json_schema_extra=pattern_message(f"must be lower-case letters, digits, - and ., {_ENDS}"),
    ),
]
BucketName = Annotated[
    str,
    Field(
        min_length=3,
        max_length=63,
        pattern=r"^[a-z0-9][-.a-z0-9]*[a-z0-9]$",
        json_schema_extra=pattern_message(f"must be a bucket name: lower-case letters, digits, - and ., {_ENDS}"),
    ),
]
LabelValue = Annotated[
    str,
    Field(
        max_length=63,
        pattern="^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
        json_schema_extra=pattern_message(f"must be empty, or letters, digits, -, _ and ., {_ENDS}"),
    ),
]
Sha256 = Annotated[
    str,
    Field(
        max_length=64,
        pattern="^[0-9a-f]{64}$",
        json_schema_extra=pattern_message("must be 64 lower-case hexadecimal digits, as sha256sum prints them"),
    ),
]

HttpUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2048,
        # No \s: regular expression engines differ in it.
        pattern=r"^https?://[A-Za-z0-9._:\[\]-]+([/?#][!-~]*)?$",
        json_schema_extra=pattern_message(
            "must start with http:// or https:// and a host, without user:password@; write a space as %20"
        ),
    ),
]

_STAY_INSIDE = "must be a relative path without a leading / and without .."


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError(_STAY_INSIDE)
    return path


RelativePath = Annotated[
    str,
    AfterValidator(_inside),
    Field(
        min_length=1,
        max_length=1024,
        json_schema_extra=rules(
            rule("!self.startsWith('/') && !('/' + self + '/').contains('/../')", _STAY_INSIDE),
        ),
    ),
]

NO_PARENT_FOLDER = rule(
    "!('/' + self + '/').contains('/../')", "must not contain a .. segment, because HTTP clients resolve it"
)
LABEL_KEYS = rule(
    "self.all(key, !format.qualifiedName().validate(key).hasValue())",
    "keys must be a name such as team, or a name with a domain prefix such as example.com/team",
)
FREE_KEYS = rule(
    "self.all(key, !key.matches('^([^/]*[.])?(ifcjob[.]io|kubernetes[.]io|k8s[.]io)/'))",
    "keys under ifcjob.io, kubernetes.io and k8s.io are reserved: choose another prefix",
)

# Labels and annotations with these domains give a pod an identity, secrets, containers, networks or devices.
_READ_BY_OTHERS = (
    *("azure[.]workload[.]identity", "amazonaws[.]com", "gke[.]io"),
    *(
        "vault[.]hashicorp[.]com",
        "vault[.]security[.]banzaicloud[.]io",
        "bank-vaults[.]io",
        "conjur[.]org",
        "1password[.]io",
    ),
    *("istio[.]io", "linkerd[.]io", "consul[.]hashicorp[.]com", "kuma[.]io", "dapr[.]io"),
    *("opentelemetry[.]io", "datadoghq[.]com", "instana[.]io", "dynatrace[.]com", "newrelic[.]com"),
    *("cncf[.]io", "projectcalico[.]org", "cilium[.]io", "ovn[.]org", "openshift[.]io"),
    *("cri-o[.]io", "crio[.]io", "containerd[.]io", "nri[.]io", "nvidia[.]com"),
)
INERT_KEYS = rule(
    f"self.all(key, !key.matches('^([^/]*[.])?({'|'.join(_READ_BY_OTHERS)})/|^[^/]*[.][^/]*$'))",
    "keys that make other programs change the pod (service meshes, secret injectors, workload identities, networks,"
    " runtimes) are reserved for administrators: omit them, or ask an administrator for the operator's settings",
)
NOT_A_SYSTEM_CLASS = rule(
    "!self.startsWith('system-')",
    "must not be a class of Kubernetes itself: choose a PriorityClass that does not start with system-",
)
