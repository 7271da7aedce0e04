// Pictures of what touches groups: for the script beside this one.
export async function groupShots(page, shot, open) {
  const chat = (name) => page.getByRole("list", { name: "Chats" }).getByRole("link", { name }).getAttribute("href");
  await page.evaluate(() => history.pushState(null, "", "/"));
  if (page.viewportSize().width >= 640) await page.getByRole("list", { name: "Chats" }).waitFor();
  const [readers, news, old, valley] = await Promise.all([chat(/Library readers/), chat(/Town notices/), chat(/Night hike/), chat(/Everybody/)]);
  await open("group", readers);
  await open("group-info", `${readers}?p=info`);
  await page.getByRole("button", { name: "Leave the group" }).click();
  await shot("group-leave");
  await page.keyboard.press("Escape");
  await open("group-settings", `${readers}?p=settings`);
  await page.locator(".side-body").evaluate((element) => element.scrollTo(0, 700));
  await shot("group-settings-more");
  await open("group-sync", `${readers}?p=sync`);
  await open("group-invites", `${valley}?p=invites`);
  await page.getByRole("button", { name: /^Show the link/ }).first().click();
  await shot("group-invite-made");
  await open("group-people", `${valley}?p=people`);
  await page.getByRole("list", { name: /People in/ }).getByRole("button", { name: /Moderator/ }).first().click();
  await shot("group-person");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add people" }).click();
  await shot("group-add");
  await page.keyboard.press("Escape");
  await open("group-channel", news);
  await open("group-channel-settings", `${news}?p=settings`);
  await open("group-removed", old);
  await open("group-public", "/groups");
  await open("group-new", "/new/group");
  await page.getByLabel("Name").fill("Garden");
  for (const name of ["Ben Okafor", "Eun-ji Park"]) await page.getByRole("checkbox", { name }).check();
  await shot("group-new-filled");
  await page.locator(".sheet").evaluate((element) => element.scrollTo(0, 5000));
  await shot("group-new-end");
}
