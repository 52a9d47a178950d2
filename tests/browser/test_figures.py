"""Statistics, calibration and export in a browser: found from the first page, clean by axe, a file on the disk."""

from __future__ import annotations

from applications.demo import build

from .conftest import check_page


def test_figures_are_found_and_can_be_taken_out(site, new_page):
    with site.running() as url:
        page = new_page(locale="sv-SE")
        page.goto(f"{url}/accounts/login/")
        page.locator("input[name=login]").fill("admin@qm.example")
        page.locator("input[name=password]").fill(build.PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.get_by_role("link", name="Logga ut").or_(page.get_by_role("button", name="Logga ut")).wait_for()
        for link in ("Statistik", "Så jämför sig poängen", "Ta ut uppgifter"):
            page.goto(f"{url}/admin/")
            page.get_by_role("link", name=link).click()
            page.get_by_role("heading", level=1, name=link).wait_for()
            page.wait_for_load_state()
            check_page(page)
        page.get_by_label("Status").select_option("open")
        page.get_by_role("button", name="Välj").click()
        with page.expect_download() as caught:
            page.get_by_role("link", name="CSV Ansökningar").click()
        content = caught.value.path().read_bytes().decode("utf-8-sig")
        assert '"Arvika"' in content and '"Kristinehamn"' not in content
