"""The rules by which the service gives the page, and answers its plain form."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

HEADERS: Final = "verifier/headers.py"
PLAIN: Final = "verifier/plain.py"
SITE: Final = "verifier/site.py"

GENUINE: Final = (
    "verifier/test_changed.py::test_a_genuine_certificate_behind_another_address_is_genuine_and_both_addresses_are_told"
)
TEXTS: Final = "verifier/sources/texts.py"
WORDS: Final = "credential/words.py"

BREAKS: Final = (
    Break(
        "page: an odd address is shown without what nobody sees",
        TEXTS,
        'char if is_plain(char) else "\\ufffd"',
        "char",
        "verifier/test_texts.py::test_a_link_as_messengers_and_forgers_make_it",
    ),
    Break(
        "page: a certificate behind an odd address is read",
        TEXTS,
        "    if link is None or _is_strict(link[1]):\n        return None\n",
        "    if True:\n        return None\n",
        GENUINE,
    ),
    Break(
        "page: an odd address is never official",
        "verifier/steps.py",
        "check.official = check.origin is not None and view.trust.is_official(check.origin)",
        "check.official = check.origin is None or view.trust.is_official(check.origin)",
        GENUINE,
    ),
    Break(
        "page: changed digits are told as a forgery",
        WORDS,
        "return verdict.outcome is Outcome.MALFORMED and read",
        "return False",
        "verifier/test_changed.py::test_digits_that_are_missing_or_more_are_told_as_the_same",
    ),
    Break(
        "page: what never was a certificate is called no forgery",
        WORDS,
        "return verdict.outcome is Outcome.MALFORMED and read",
        "return verdict.outcome is Outcome.MALFORMED",
        "verifier/test_changed.py::test_what_never_was_a_certificate_is_called_no_forgery",
    ),
    Break(
        "page: what a deployment tells the page ends no element",
        SITE,
        '.replace("<", "\\\\u003c")',
        "",
        "page/test_built.py::test_what_a_configuration_holds_ends_no_element",
    ),
    Break(
        "page: a form that is refused is not sent",
        SITE,
        "return _NO_WEIGHT.fullmatch(weight.strip()) is None",
        "return True",
        "verifier/test_app.py::test_the_page_comes_in_the_smallest_form_that_is_taken",
    ),
    Break(
        "page: a file that is named by its digest is kept",
        SITE,
        "_page_file(name, data, IMMUTABLE)",
        "_page_file(name, data, REVALIDATE)",
        "verifier/test_app.py::test_caching_and_types",
    ),
    Break(
        "page: what a certificate says is no markup",
        PLAIN,
        'f"<dd>{escape(value)}</dd></div>"',
        'f"<dd>{value}</dd></div>"',
        "verifier/test_plain.py::test_what_a_certificate_says_is_never_markup",
    ),
    Break(
        "page: facts that are not proven are called that",
        PLAIN,
        'False: ("unprovenTitle", "unproven")',
        'False: ("says", "compare")',
        "verifier/test_plain.py::test_what_is_not_in_order_says_so_and_what_to_do",
    ),
    Break(
        "page: a host that is not official is told in front of the answer",
        PLAIN,
        "is Warn.HOST_NOT_OFFICIAL:\n            yield _warning(verdict, warning)\n    yield _answer",
        "is None:\n            yield _warning(verdict, warning)\n    yield _answer",
        "verifier/test_plain.py::test_another_host_is_warned_of_in_front_of_the_answer",
    ),
    Break(
        "page: the answer of the plain form is not kept",
        "verifier/app.py",
        'headers={"Cache-Control": "no-store"}',
        "headers={}",
        "verifier/test_plain.py::test_a_valid_certificate_is_told_with_its_facts_in_both_languages",
    ),
    Break(
        "page: the worker that looks closer has a policy of its own",
        SITE,
        'LOOK_POLICY if name.startswith(LOOK) and kind == ".js" else None',
        "None",
        "page/test_closer.py::test_the_worker_may_compile_and_reach_nobody",
    ),
    Break(
        "page: the worker that looks closer reaches nobody",
        HEADERS,
        "script-src 'wasm-unsafe-eval'; base-uri",
        "script-src 'wasm-unsafe-eval'; connect-src 'self'; base-uri",
        "page/test_closer.py::test_the_worker_may_compile_and_reach_nobody",
    ),
    Break(
        "page: the policy of a file is sent with it",
        SITE,
        'more |= {} if file.policy is None else {"Content-Security-Policy": file.policy}',
        "more |= {}",
        "page/test_closer.py::test_the_service_sends_the_policy_of_the_worker_with_it_alone",
    ),
    Break(
        "page: texts of a publication are sent packed",
        SITE,
        'if _takes(request, "gzip") else (data, {})',
        "if False else (data, {})",
        "verifier/test_app.py::test_texts_of_a_publication_are_packed_for_who_takes_it",
    ),
    Break(
        "page: who takes nothing packed gets texts as they are",
        SITE,
        'if _takes(request, "gzip") else (data, {})',
        "if True else (data, {})",
        "verifier/test_app.py::test_texts_of_a_publication_are_packed_for_who_takes_it",
    ),
)
