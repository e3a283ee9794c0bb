"""The near twin of each wrong example: the smallest change that makes it right.

Keyed by the file's name without its suffix. Each change is a pair (text in the file, exactly once; what it becomes).
"""

from __future__ import annotations

SLEEP = """\
          lifecycle:
            preStop:
              sleep:
                seconds: 10
"""
INJECT = '        sidecar.istio.io/inject: "true"\n'
PORTS = """\
          ports:
            - name: http
              containerPort: 8080
"""

TWINS: dict[str, list[tuple[str, str]]] = {
    "PT101-sleep-as-long-as-the-grace-period": [
        ("seconds: 30\n          readiness", "seconds: 15\n          readiness")
    ],
    "PT102-grace-forgets-the-prestop-hook": [("PeriodSeconds: 30", "PeriodSeconds: 45")],
    "PT103-no-grace-for-the-hook": [("PeriodSeconds: 0", "PeriodSeconds: 30")],
    "PT104-hook-that-loops-until-idle": [
        (
            "    timing-rules/app-shutdown: 10s\n",
            "    timing-rules/app-shutdown: 10s\n    timing-rules/prestop.playlists: 40s\n",
        )
    ],
    "PT105-sleep-action-on-kubernetes-1-28": [('kubernetes: "1.28"', 'kubernetes: "1.30"')],
    "PT106-exec-sleep-in-a-distroless-image": [
        ("exec:\n                # Meant", "sleep:\n                # Meant"),
        ('command: ["sleep", "10"]', "seconds: 10"),
    ],
    "PT107-sleep-longer-than-the-grace-period": [("PeriodSeconds: 45", "PeriodSeconds: 90")],
    "PT108-shell-with-a-pipe-as-pid-1": [("node server.js | tee -a /var/log/news/access.log", "exec node server.js")],
    "PT109-stops-accepting-at-once": [(PORTS, PORTS + SLEEP)],
    "PT201-drain-shorter-than-the-app": [("DrainDuration: 15s", "DrainDuration: 35s")],
    "PT202-drain-as-long-as-the-grace-period": [("DrainDuration: 60s", "DrainDuration: 50s")],
    "PT203-listeners-close-during-the-prestop-hook": [("drainDuration: 20s", "drainDuration: 45s")],
    "PT204-drain-duration-beside-exit-on-zero": [("          terminationDrainDuration: 45s\n", "")],
    "PT205-minimum-without-exit-on-zero": [
        ("proxyMetadata:\n", 'proxyMetadata:\n            EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"\n')
    ],
    "PT206-idle-proxy-leaves-during-prestop": [("MINIMUM_DRAIN_DURATION: 5s", "MINIMUM_DRAIN_DURATION: 30s")],
    "PT207-drain-duration-on-a-native-sidecar": [('nativeSidecar: "true"', 'nativeSidecar: "false"')],
    "PT208-duration-without-a-unit": [("terminationDrainDuration: 35\n", "terminationDrainDuration: 35s\n")],
    "PT209-minimum-drain-without-a-unit": [('MINIMUM_DRAIN_DURATION: "10"', 'MINIMUM_DRAIN_DURATION: "10s"')],
    "PT210-environment-variable-beside-proxymetadata": [
        (
            '          EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"\n',
            '          proxyMetadata:\n            EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"\n',
        )
    ],
    "PT211-boolean-in-proxymetadata": [("ACTIVE_CONNECTIONS: true", 'ACTIVE_CONNECTIONS: "true"')],
    "PT212-parent-shutdown-duration": [("          parentShutdownDuration: 60s\n", "")],
    "PT213-drain-duration-with-a-fraction": [("drainDuration: 62500ms", "drainDuration: 62s")],
    "PT214-job-with-a-classic-sidecar": [
        (
            INJECT,
            f'{INJECT}      annotations:\n        sidecar.istio.io/nativeSidecar: "true"\n',
        )
    ],
    "PT215-own-hook-replaces-the-native-drain": [
        (
            '["pilot-agent", "request", "POST", "drain_listeners?inboundonly&graceful&skip_exit"]',
            '["pilot-agent", "request", "--debug-port=15020", "POST", "drain"]',
        )
    ],
    "PT216-drain-without-graceful": [('drain_listeners?inboundonly"', 'drain_listeners?inboundonly&graceful"')],
    "PT217-annotation-from-the-release-notes": [("istio.io/native-side:", "istio.io/nativeSidecar:")],
    "PT218-drain-duration-in-a-proxyconfig": [
        (
            "  terminationDrainDuration: 60s\n",
            '  environmentVariables:\n    EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"\n    MINIMUM_DRAIN_DURATION: 60s\n',
        )
    ],
    "PT219-exit-on-zero-never-reaches-zero": [("connections-idle-after: never", "connections-idle-after: 90s")],
    "PT301-gateway-leaves-before-the-load-balancer": [
        ("terminationDrainDuration: 30s", "terminationDrainDuration: 150s")
    ],
    "PT302-grace-longer-than-the-notice": [("PeriodSeconds: 300", "PeriodSeconds: 90")],
}


def twin(name: str, text: str) -> str:
    """The text of a wrong example, made right. Raises `ValueError` when a change does not apply exactly once."""
    for old, new in TWINS[name]:
        if text.count(old) != 1:
            raise ValueError(f"{name}: {old!r} stands {text.count(old)} times in the file, and has to stand there once")
        text = text.replace(old, new)
    return text
