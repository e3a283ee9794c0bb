"""Would this manifest fail my pipeline?"""

from timing_rules import check, load

MANIFEST = """
spec:
  terminationGracePeriodSeconds: 30
  containers:
    - name: web
      image: registry.example.com/shop/web:1.0.0
      lifecycle: {preStop: {sleep: {seconds: 30}}}
"""
findings = [finding for item in load(MANIFEST, source="web.yaml") for finding in check(item)]
fails = any(finding.severity in ("error", "warning") for finding in findings)

for finding in findings:
    print(f"{finding.source}:{finding.line}: {finding.rule} {finding.severity}: {finding.message.get('en')}")
assert fails
assert [(finding.rule, finding.severity) for finding in findings] == [("PT101", "error")]
