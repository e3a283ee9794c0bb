"""Texts of an older Istio, by what they say themselves: a setting that Istio had then is no mistake in them."""

from __future__ import annotations

from typing import Any

import pytest
from timing_rules import Pod, load

from .inputs import CONFIG, IN, config, dump, findings, manifest, proxy, rules, run, web

PARENT, VARIABLE = {"parentShutdownDuration": "60s"}, "TERMINATION_DRAIN_DURATION_SECONDS"


def operator(mesh: dict[str, Any], **spec: Any) -> str:
    return dump(
        {"kind": "IstioOperator", "apiVersion": "install.istio.io/v1alpha1", "spec": {"meshConfig": mesh, **spec}}
    )


def config_map(mesh: dict[str, Any], **labels: str) -> str:
    metadata = {"name": "istio", "namespace": "istio-system", "labels": labels}
    return dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"mesh": dump(mesh)}})


def release(version: str) -> str:
    chart = {"spec": {"chart": "istiod", "version": version}}
    values = {"meshConfig": {"defaultConfig": PARENT}}
    return dump({"kind": "HelmRelease", "metadata": {"name": "istiod"}, "spec": {"chart": chart, "values": values}})


OWN = {"defaultConfig": PARENT}


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (operator(OWN), "warning"),
        (operator(OWN, tag="1.5.0"), "info"),
        (operator(OWN, tag="1.16.7-distroless"), "info"),
        (operator(OWN, tag="1.17.0"), "warning"),
        (operator(OWN, components={"pilot": {"tag": "1.11.4"}}), "info"),
        (operator(OWN, components={"telemetry": {"enabled": True}}), "info"),
        (operator(OWN, components={"pilot": {"enabled": True}}), "warning"),
        (operator(OWN | {"sdsUdsPath": ""}), "info"),
        (operator(OWN | {"sdsUdsPath": ""}, tag="1.20.0"), "warning"),
        (operator({"defaultConfig": PARENT | {"discoveryAddress": "istio-pilot.istio-system:15010"}}), "info"),
        (operator({"defaultConfig": PARENT | {"discoveryAddress": "istiod.istio-system.svc:15012"}}), "warning"),
        (config_map(OWN), "warning"),
        (config_map(OWN | {"mixerCheckServer": "x:15004"}), "info"),
        (config_map(OWN, **{"operator.istio.io/version": "1.6.8"}), "info"),
        (config_map(OWN, **{"app.kubernetes.io/version": "1.24.0"}), "warning"),
        (release("1.14.*"), "info"),
        (release("1.22.3"), "warning"),
        (release(">=1.10.0"), "warning"),  # a range states nothing
    ],
)
def test_a_setting_that_was_there_then_is_information(text: str, severity: str) -> None:
    assert [found.severity for found in findings(text) if found.rule == "PT212"] == [severity]


def test_what_is_said_of_it() -> None:
    (found,) = [found for found in findings(operator(OWN, tag="1.5.0")) if found.rule == "PT212"]
    assert found.message.en == (
        "parentShutdownDuration: removed in Istio 1.17; nothing replaces it, the agent waits for terminationDrainDuration. "
        "What else this text says is for an older Istio, which had it"
    )
    assert found.message.ko.endswith("다른 내용으로 보아 이 설정이 있던 예전 Istio용으로 쓴 텍스트입니다")


@pytest.mark.parametrize(("tag", "severity"), [("1.9.9", "info"), ("1.10.0", "warning"), ("1.30.0", "warning")])
def test_the_image_of_a_proxy_tells_what_it_reads(tag: str, severity: str) -> None:
    env = [{"name": VARIABLE, "value": "20"}]
    text = manifest(containers=[web(), proxy(image=f"docker.io/istio/proxyv2:{tag}", env=env)])
    assert [found.severity for found in findings(text) if found.rule == "PT212"] == [severity]


def test_the_flag_beats_what_the_text_says() -> None:
    assert "PT212 warning" in rules(operator(OWN, tag="1.5.0"), istio="1.24")


def test_a_key_that_a_proxy_had_then_is_not_misplaced() -> None:
    timeout = {"defaultConfig": {"connectTimeout": "10s"}}
    assert "PT210 warning" in rules(operator(timeout))
    assert "PT210 warning" in rules(operator({"defaultConfig": PARENT | timeout["defaultConfig"]}))
    old = {"defaultConfig": {"connectTimeout": "10s", "discoveryAddress": "istio-pilot.istio-system:15010"}}
    for text in (operator(timeout, tag="1.4.3"), operator(old), config_map(timeout | {"disablePolicyChecks": True})):
        assert "PT210" not in {found.rule for found in findings(text)}
    assert "PT210 warning" in rules(operator({"terminationDrainDuration": "9s"}, tag="1.9.0"))  # nor was it there then


def test_a_release_that_is_older_than_the_facts_is_judged_by_the_oldest() -> None:
    (mesh,) = load(operator({}, tag="1.5.0"))
    assert mesh.assumptions.istio == "1.18"  # the oldest: no native sidecars, as then
    image = dump({"kind": "Pod", "spec": {"containers": [web(), proxy(image="proxyv2:1.5.1")]}})
    said = run("check", "-", stdin="---\n".join([operator({}, tag="1.5.0"), image, operator({}, tag="1.20.0")])).err
    note = "-:1: this states Istio 1.5, and the facts here begin with 1.18: it is judged by those of 1.18"
    assert said.count("this states") == 1 and note in said
    assert "this states" not in run("check", "--istio", "1.24", "-", stdin=image).err
    text = manifest(labels=IN, annotations=config(terminationDrainDuration="9s"), containers=[web()])
    items = load(f"{operator({}, tag='1.20.0')}---\n{text}")
    assert [item.assumptions.istio for item in items] == ["1.20", "1.20"]
    pod = load(f"{operator({}, tag='1.11.4')}---\n{text}")[1]
    assert isinstance(pod, Pod) and pod.sidecar == "classic" and str(pod.istio) == "1.18"


def test_what_istioctl_writes_for_a_virtual_machine_reaches_no_pod() -> None:
    """It says who the machine is; a quote in it is refused by no injector."""
    known = {"ISTIO_METAJSON_LABELS": '{"app":"a"}', "SERVICE_ACCOUNT": "a", "TRUST_DOMAIN": "cluster.local"}
    machine = dump({"defaultConfig": {"discoveryAddress": "istiod:15012", "proxyMetadata": known}})
    assert load(machine) == []
    del known["SERVICE_ACCOUNT"]
    mesh = dump({"defaultConfig": {"discoveryAddress": "istiod:15012", "proxyMetadata": known}})
    assert rules(mesh) == {"PT211 error"}
    on_a_pod = manifest(labels=IN, annotations={CONFIG: dump({"proxyMetadata": known})})
    assert "PT211 error" in rules(on_a_pod)
