"""Images that are known to have neither a shell nor `sleep`, and those whose only shell is sh: closed lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .script import SHELLS, base


class Image(NamedTuple):
    """Images that lack something: those whose name matches and whose tag passes. `source` is where that stands."""

    name: str
    without: Callable[[str], bool]
    source: str


def _no_suffix(tag: str) -> bool:
    return not re.search(r"(alpine|buster|bullseye|bookworm|trixie)", tag)


def _from_1_16(tag: str) -> bool:
    version = re.match(r"v?(\d+)\.(\d+)", tag)
    return _no_suffix(tag) and (version is None or (int(version[1]), int(version[2])) >= (1, 16))


def _alpine(tag: str) -> bool:
    return "alpine" in tag


_CSI = (
    "csi-provisioner|csi-attacher|csi-resizer|csi-snapshotter|csi-node-driver-registrar|livenessprobe|"
    "snapshot-controller|csi-external-health-monitor-(?:agent|controller)"
)
#: Chainguard's images that are there for their shell or their tools.
_TOOLBOXES = "busybox|bash|wolfi-base|chainguard-base|git|curl|go|rust|gcc-glibc|maven|gradle|sdk|apko|melange|kubectl"
#: A registry or a mirror may stand before each name.
WITHOUT_SHELL = (
    Image(r".*distroless.*", lambda tag: "debug" not in tag, "GoogleContainerTools/distroless README.md"),
    Image(r".*", lambda tag: "distroless" in tag and "debug" not in tag, "istio/istio, tags of proxyv2"),
    Image(
        rf"(?:.*/)?chainguard/(?!(?:{_TOOLBOXES})$)[^/]+", lambda tag: not tag.endswith("-dev"), "chainguard.dev docs"
    ),
    Image(
        r".*",
        lambda tag: bool(re.search(r"(^|-)chiseled(-|$)", tag)),
        "dotnet/dotnet-docker src/runtime-deps/9.0/noble-chiseled-extra: FROM scratch",
    ),
    Image(
        r"(?:.*/)?cloud-sql-proxy",
        _no_suffix,
        "GoogleCloudPlatform/cloud-sql-proxy Dockerfile @00a41bec: distroless/static",
    ),
    Image(r"(?:.*/)?gce-proxy", _from_1_16, "GoogleCloudPlatform/cloud-sql-proxy PR #415"),
    Image(
        r"(?:.*/)?fluent/fluent-bit",
        lambda tag: "debug" not in tag,
        "fluent/fluent-bit dockerfiles/Dockerfile @015e1bc1: distroless/cc",
    ),
    Image(
        r"(?:.*/)?(?:otel|opentelemetry-collector-releases)/opentelemetry-collector(?:-[\w-]+)?",
        lambda tag: True,
        "open-telemetry/opentelemetry-collector-releases distributions/otelcol-contrib/Dockerfile @07ac0202: scratch",
    ),
    Image(
        rf"(?:.*/)?sig-storage/(?:{_CSI})",
        lambda tag: True,
        "kubernetes-csi/external-provisioner Dockerfile and its kin: distroless/static",
    ),
    Image(
        r"mcr\.microsoft\.com/windows(?:/(?:nanoserver|server|servercore(?:/iis)?))?",
        lambda tag: True,
        "Windows: cmd alone, and in all but Nano Server PowerShell, whose `sleep` is no program",
    ),
    Image(
        r".*",
        lambda tag: "nanoserver" in tag,
        "dotnet/dotnet-docker src/runtime/9.0/nanoserver-ltsc2022/amd64/Dockerfile @8eaf5912: FROM windows/nanoserver",
    ),
)
#: Shells that BusyBox, the one program of an Alpine image, does not stand for.
_NOT_IN_BUSYBOX = SHELLS - {"sh", "ash"}
#: Official images alone: somebody's own `python` may well have more than Docker's.
_OFFICIAL = r"(?:docker\.io/|(?:.*/)?library/)?"
ONLY_SH = (
    Image(rf"{_OFFICIAL}(?:alpine|busybox)", lambda tag: True, "docker-library/php issue 469"),
    Image(rf"{_OFFICIAL}node", _alpine, "nodejs/docker-node 22/alpine3.24/Dockerfile @10365a84"),
    Image(rf"{_OFFICIAL}python", _alpine, "docker-library/python 3.12/alpine3.24/Dockerfile @2a3b794c"),
    Image(rf"{_OFFICIAL}php", _alpine, "docker-library/php 8.3/alpine3.24/fpm/Dockerfile @1fec3eef"),
    Image(rf"{_OFFICIAL}nginx", _alpine, "nginx/docker-nginx mainline/alpine-slim/Dockerfile @120635b2"),
)


def named(image: str) -> tuple[str, str]:
    """An image's name, with its registry, and its tag; without a digest."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    return (name, tag) if name and "/" not in tag else (image.partition("@")[0], "")


def without_shell(image: str) -> bool:
    """Whether an image is known to have neither a shell nor `sleep`."""
    return _is_one(image, WITHOUT_SHELL)


def _is_one(image: str, rows: Sequence[Image]) -> bool:
    name, tag = named(image)
    return any(re.fullmatch(row.name, name) and row.without(tag) for row in rows)


def lacks(image: str, argv: Sequence[str]) -> bool:
    """Whether an image lacks the shell or `sleep` that a command needs. A path of one's own may be on a volume."""
    if not argv or argv[0].rpartition("/")[0] not in ("", "/bin", "/usr/bin", "/usr/local/bin"):
        return False
    tool = base(argv[0])
    if tool in _NOT_IN_BUSYBOX and _is_one(image, ONLY_SH):
        return True
    return tool in SHELLS | {"sleep", "busybox"} and without_shell(image)
