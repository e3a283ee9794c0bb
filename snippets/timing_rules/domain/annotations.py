"""Every annotation and label that decides how a pod stops, by its name."""

INJECT = "sidecar.istio.io/inject"
STATUS = "sidecar.istio.io/status"
NATIVE = "sidecar.istio.io/nativeSidecar"
IMAGE_TYPE = "sidecar.istio.io/proxyImageType"
CONFIG = "proxy.istio.io/config"
OVERRIDES = "proxy.istio.io/overrides"
TEMPLATES = "inject.istio.io/templates"
STATUS_PORT = "status.sidecar.istio.io/port"
REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"
MANAGED = "gateway.istio.io/managed"
REVISION = "istio.io/rev"
DATAPLANE_MODE = "istio.io/dataplane-mode"
#: A label of namespaces.
INJECTION = "istio-injection"
#: What a manifest cannot say is declared under this prefix.
DECLARED = "timing-rules/"
