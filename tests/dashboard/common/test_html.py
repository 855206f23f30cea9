from __future__ import annotations

from dashboard.common.html import Html, facts, join, tag


def test_text_is_escaped_and_html_is_not() -> None:
    cell = tag("td", "a < b", tag("b", "& more"))
    assert cell == "<td>a &lt; b<b>&amp; more</b></td>"


def test_attributes_are_escaped_and_named_as_html_names_them() -> None:
    made = tag("th", "x", class_="lab", aria_label='say "no"', scope="row", hidden=True, title=None)
    assert made == ('<th class="lab" aria-label="say &quot;no&quot;" scope="row" hidden>x</th>')


def test_an_element_without_content_is_not_closed() -> None:
    assert tag("img", alt="", src="data:,") == '<img alt="" src="data:,">'


def test_several_children_may_come_at_once_and_nothing_is_nothing() -> None:
    assert tag("tr", (tag("td", n) for n in range(2)), None) == "<tr><td>0</td><td>1</td></tr>"
    assert join() == ""


def test_what_is_added_to_html_is_plain_text_again() -> None:
    assert tag("p", Html("<b>") + "<i>") == "<p>&lt;b&gt;&lt;i&gt;</p>"


def test_a_line_of_figures() -> None:
    assert facts([("Classes", "10")]) == (
        '<dl class="lab-strip"><div><dt>Classes</dt><dd>10</dd></div></dl>'
    )
