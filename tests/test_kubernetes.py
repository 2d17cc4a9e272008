"""The Kubernetes manifests hold what the service is: its settings, routes, user, port and pods."""

import re
from typing import Any

import pytest
from conftest import ROOT
from deployment import (
    BASE,
    EXAMPLE,
    api,
    given_settings,
    mounted,
    pod,
    read,
    service,
    shipper,
    size,
    volume,
)

DOCKERFILE = (ROOT / "model_serving" / "Dockerfile").read_text()


def test_settings_are_the_services() -> None:
    """Each variable is a setting of the service, which takes its value."""
    assert given_settings().keys() <= set(service()["known"])


def test_probes_ask_what_is_open() -> None:
    """The probes' paths exist and want no key, at the port where the service and its image are."""
    (port,) = api()["ports"]
    assert port["containerPort"] == service()["settings"]["port"]
    assert f"\nEXPOSE {port['containerPort']}\n" in DOCKERFILE
    kinds = ("startup", "readiness", "liveness")
    probes = {kind: api()[f"{kind}Probe"]["httpGet"] for kind in kinds}
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    paths = {kind: probe["path"] for kind, probe in probes.items()}
    assert paths == {"startup": "/ready", "readiness": "/ready", "liveness": "/health"}
    assert set(paths.values()) <= set(service()["open_routes"])


def test_pods_run_without_rights() -> None:
    """The image's user, read-only, no capability, no token, each bounded in memory."""
    (user,) = re.findall(r"(?m)^USER (\d+:\d+)$", DOCKERFILE)
    context = pod()["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == user
    assert context["runAsNonRoot"] and context["seccompProfile"]["type"] == "RuntimeDefault"
    assert context["fsGroup"] == context["runAsGroup"]  # the log's volume is its own
    assert pod()["automountServiceAccountToken"] is False
    for container in (api(), shipper()):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert size(container["resources"]["limits"]["memory"]) > 0


def test_keys_are_where_the_service_looks() -> None:
    """API_KEYS_FILE of the example is in the folder of the Secret."""
    folder = mounted(api())["api-keys"]["mountPath"]
    assert service()["settings"]["api_keys_file"].rpartition("/")[0] == folder


@pytest.mark.parametrize(
    "file, selector",
    [
        ("service.yaml", lambda spec: spec["selector"]),
        ("disruption-budget.yaml", lambda spec: spec["selector"]["matchLabels"]),
        ("network-policy.yaml", lambda spec: spec["podSelector"]["matchLabels"]),
        ("deployment.yaml", lambda spec: spec["selector"]["matchLabels"]),
    ],
)
def test_everything_means_the_same_pods(file: str, selector: Any) -> None:
    """Service, budget and policy select the pods of the deployment."""
    labels = read(BASE / "deployment.yaml")["spec"]["template"]["metadata"]["labels"]
    selected = selector(read(BASE / file)["spec"])
    assert selected and selected.items() <= labels.items()


def test_references_lead_somewhere() -> None:
    """What is named elsewhere exists: port, ServiceAccount, autoscaled container, ConfigMaps."""
    (port,) = read(BASE / "service.yaml")["spec"]["ports"]
    (opened,) = read(BASE / "network-policy.yaml")["spec"]["ingress"][0]["ports"]
    assert {port["targetPort"], opened["port"]} == {api()["ports"][0]["name"]}
    account = read(BASE / "serviceaccount.yaml")
    assert pod()["serviceAccountName"] == account["metadata"]["name"]
    scaled = read(BASE / "autoscaler.yaml")["spec"]
    deployment = read(BASE / "deployment.yaml")
    for key in ("apiVersion", "kind"):
        assert scaled["scaleTargetRef"][key] == deployment[key]
    assert scaled["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    (metric,) = scaled["metrics"]
    assert metric["containerResource"]["container"] == api()["name"]
    generated = {
        generator["name"]
        for generator in read(BASE / "kustomization.yaml")["configMapGenerator"]
    }
    referred = {
        api()["envFrom"][0]["configMapRef"]["name"],
        volume("log-shipping")["configMap"]["name"],
    }
    assert referred == generated
    (image,) = read(EXAMPLE / "kustomization.yaml")["images"]
    assert image["name"] == api()["image"]


def test_nobody_is_missing_during_an_update() -> None:
    """A rollout takes no pod before another is ready, and no number undoes the autoscaler's."""
    spec = read(BASE / "deployment.yaml")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in spec
    budget = read(BASE / "disruption-budget.yaml")["spec"]["maxUnavailable"]
    assert budget < read(BASE / "autoscaler.yaml")["spec"]["minReplicas"]
