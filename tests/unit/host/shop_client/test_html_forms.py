"""HTML forms as a browser without scripts reads them."""

from lightning_cart_host.shop_client.html_forms import read_forms


def test_a_form_is_read_as_a_browser_without_scripts_reads_it() -> None:
    (form,) = read_forms(
        '<p><input name="outside"></p><form action="/pay?x=1&amp;y=2" method="post"><input name="a" value="1 &lt; 2">'
        '<input name=b><input type=submit name=go value=yes><button name="action" value="pay">Pay</button>'
        "<button>plain</button></form><input name=after>"
    )
    assert (form.action, form.method, form.fields) == ("/pay?x=1&y=2", "POST", {"a": "1 < 2", "b": ""})
    assert form.buttons == [("go", "yes"), ("action", "pay")]


def test_a_form_without_attributes_is_a_get_to_the_page_itself() -> None:
    (form,) = read_forms("<form></form>")
    assert (form.action, form.method) == ("", "GET")


def test_of_several_choices_the_checked_one_is_read() -> None:
    choices = "<input type=radio name=r value=1><input type=radio name=r value=2 checked><input type=radio name=r value=3>"
    (form,) = read_forms(f'<form>{choices}<input type="checkbox" name="c" value="on"></form>')
    assert form.fields == {"r": "2"}


def test_a_list_has_its_selected_option_or_the_first_one_with_a_value() -> None:
    options = "<option value=''>Choose</option><option value=1>One</option><option value=2{}>Two</option>"
    lists = "".join(f"<select name={name}>{options.format(mark)}</select>" for name, mark in (("a", ""), ("b", " selected")))
    (form,) = read_forms(f"<form>{lists}</form>")
    assert form.fields == {"a": "1", "b": "2"}
    assert (form.options, form.filled_in) == ({"a": ["1", "2"], "b": ["1", "2"]}, {"b"})


def test_a_field_with_a_text_is_filled_in() -> None:
    ticks = "<input type=checkbox name=c value=on checked><input type=checkbox name=d value=on>"
    (form,) = read_forms(f"<form><input name=a value=x><input name=b>{ticks}</form>")
    assert form.filled_in == {"a", "c"}
