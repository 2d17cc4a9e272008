"""Under the Kubernetes manifests the request log is shipped, and what waits for that has room."""

from fnmatch import fnmatch

from deployment import (
    BASE,
    EXAMPLE,
    api,
    ask,
    mounted,
    pause,
    pod,
    read,
    service,
    shipper,
    size,
    volume,
)

# How long Vector does not look at a file that has been quiet.
QUIET_SECONDS = 2.048
ASK_DRIFT = """
import sys
from src.log_files import LOG_NAME
print(bool(LOG_NAME.search(sys.argv[1])))
"""


def test_there_is_time_for_the_end() -> None:
    """The service drains and ends; the shipper reads what it left, and stores it in time."""
    settings = service()["settings"]
    service_ends = (
        pause(api()) + settings["drain_seconds"] + service()["grace"] + settings["finish_seconds"]
    )
    assert service_ends + QUIET_SECONDS < pause(shipper())
    variables = {variable["name"]: variable["value"] for variable in shipper()["env"]}
    storing = int(variables["VECTOR_GRACEFUL_SHUTDOWN_LIMIT_SECS"])
    assert pause(shipper()) + storing < pod()["terminationGracePeriodSeconds"]
    (sink,) = read(EXAMPLE / "write-log.yaml")["sinks"].values()
    assert sink["batch"]["timeout_secs"] < storing


def test_the_shipper_reads_the_log() -> None:
    """It sees the file that is written and the full ones, and may not write there."""
    folder = service()["settings"]["log_dir"]
    assert mounted(api())["logs"]["mountPath"] == folder
    assert mounted(shipper())["logs"] == {"name": "logs", "mountPath": folder, "readOnly": True}
    reading = read(BASE / "read-log.yaml")
    (pattern,) = reading["sources"]["request_log"]["include"]
    full = service()["log"].replace(".jsonl", ".20101231T235959.999999.jsonl")
    assert all(fnmatch(f"{folder}/{name}", pattern) for name in (service()["log"], full))
    assert mounted(shipper())["log-shipper"]["mountPath"] == reading["data_dir"]
    # Any other would have to end before the service starts.
    assert shipper()["restartPolicy"] == "Always"


def test_the_volume_holds_what_waits() -> None:
    """All full files and the one that is written fit, or Kubernetes would evict the pod."""
    settings = service()["settings"]
    most = (settings["log_keep"] + 1) * settings["log_rotate_mib"] * 2**20
    assert settings["log_keep"] > 0
    limit = volume("logs")["emptyDir"]["sizeLimit"]
    assert most < size(limit) < 1.2 * most
    assert size(api()["resources"]["requests"]["ephemeral-storage"]) >= most


def test_drift_monitoring_reads_what_is_stored() -> None:
    """Objects have names that log_files takes, and hold the lines as they were written."""
    (sink,) = read(EXAMPLE / "write-log.yaml")["sinks"].values()
    assert sink["inputs"] == list(read(BASE / "read-log.yaml")["sources"])
    assert (sink["encoding"]["codec"], sink["compression"]) == ("text", "gzip")
    pod_name = sink["key_prefix"].replace("{{ host }}", "spotify-api-5d9c7b-x7k2p")
    name = f"{pod_name}20261126T101500-0b5f.{sink['filename_extension']}"
    assert ask("drift_monitoring", ASK_DRIFT, name).strip() == "True"
