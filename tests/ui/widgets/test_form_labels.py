"""The labels of a form: that of the field with the focus stands out, and that of a wrong field stays red."""

from __future__ import annotations

from textual.widgets import Static

from matomo_tui.admin.state import Problem
from matomo_tui.ui.widgets.form import Form, TextField
from tests.ui.host import Host


async def test_the_label_of_the_field_with_the_focus_stands_out() -> None:
    form = Form([TextField("name", "Name"), TextField("page", "Page"), TextField("note", "Note")], {})
    async with Host(form).run_test(size=(80, 24)) as pilot:
        name, page, note = form.query(".form--label").results(Static)
        plain = note.styles.color
        form.say([Problem("page", "A page needs an address.")])
        for focused in (name, page):
            form.focus_field(str(focused.render()).lower())
            await pilot.pause()
            assert [bool(label.rich_style.bold) for label in (name, page, note)] == [focused is name, True, False]
            assert (name.styles.color == plain) == (focused is not name)
            assert page.styles.color not in (plain, name.styles.color)
        red = page.styles.color
        form.focus_field("note")
        await pilot.pause()
        assert (page.styles.color, name.styles.color) == (red, plain)
        assert note.styles.color not in (plain, red)
        pilot.app.screen.set_focus(None)
        await pilot.pause()
        assert note.styles.color == plain
