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
(web,) = load(MANIFEST, source="web.yaml")
findings = check(web)
fails = any(one.severity in ("error", "warning") for one in findings)

for one in findings:
    print(f"{one.source}:{one.line}: {one.rule} {one.message.get('en')}")
assert fails
assert [(one.rule, one.severity) for one in findings] == [("PT101", "error")]
