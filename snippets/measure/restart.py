"""Restarts a Deployment of this pod's namespace, as `kubectl rollout restart` does: `python restart.py web`."""

import datetime
import json
import os
import ssl
import sys
import urllib.request
from pathlib import Path

account = Path("/var/run/secrets/kubernetes.io/serviceaccount")
server = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
path = f"/apis/apps/v1/namespaces/{(account / 'namespace').read_text()}/deployments/{sys.argv[1]}"
now = datetime.datetime.now(datetime.UTC).isoformat()
annotations = {"kubectl.kubernetes.io/restartedAt": now}
patch = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
request = urllib.request.Request(server + path, json.dumps(patch).encode(), method="PATCH")
request.add_header("Authorization", f"Bearer {(account / 'token').read_text()}")
request.add_header("Content-Type", "application/strategic-merge-patch+json")
trusted = ssl.create_default_context(cafile=str(account / "ca.crt"))
urllib.request.urlopen(request, context=trusted).close()
