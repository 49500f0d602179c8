"""Country B shows a document of 12 MB that came inline, through codecs, rules and gate (finding R12)."""

from dataclasses import replace

from tests.gateway.exchange.test_mix_ups import right, shown, treatment


def test_a_document_of_12_mb_that_came_inline_is_shown_and_another_patients_is_not():
    text = f"<component><section><text>{'Ord ' * 3_000_000}</text></section></component>"
    large = right().document.replace("<structuredBody/>", f"<structuredBody>{text}</structuredBody>")
    assert len(large) > 12_000_000
    treated, answers = treatment(), replace(right(), document=large)
    assert shown(treated, answers, "bytes-sent") == 1
    assert shown(treated, replace(answers, document=large.replace("13837424032", "08827919994")), "unknown") == 0
