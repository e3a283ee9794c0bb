"""The foot of a page: up to which releases it was checked, and what it leans on, in both languages."""

from __future__ import annotations

import checked_facts


def test_a_page_says_up_to_which_releases_it_was_checked_and_what_it_leans_on() -> None:
    meta = {"facts": ["DRAIN_HOOK", "DRAIN_DURATION"], "checked": "kubernetes 1.36, istio 1.30, rows 0123456789ab"}
    english, korean = (checked_facts.foot(meta, lang, "../versions/") for lang in ("en", "ko"))
    assert "Checked up to Kubernetes 1.36 and Istio 1.30." in english
    assert "쿠버네티스 1.36, Istio 1.30까지 확인했습니다." in korean
    assert "<strong>Istio 1.21</strong>" in english and "<strong>drainDuration, 45 s</strong>" in english
    assert "<strong>Istio 1.21부터</strong>" in korean and "<strong>drainDuration 45초</strong>" in korean
    assert english.count("/blob/86c9f01fd735/") == korean.count("/blob/86c9f01fd735/") == 2


def test_a_page_that_leans_on_no_row_says_the_releases_alone_and_one_without_a_stamp_nothing() -> None:
    meta = {"facts": [], "checked": "kubernetes 1.36, istio 1.30, rows 0123456789ab"}
    assert "Istio 1.30." in checked_facts.foot(meta, "en", "../") and "<li>" not in checked_facts.foot(
        meta, "en", "../"
    )
    assert checked_facts.foot({"facts": ["DRAIN_HOOK"]}, "en", "../") == ""
