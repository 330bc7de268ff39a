// The start page's links: to the sections that this system has (pages.json, made by www/vendor.mjs).
const SECTIONS = [
  ['show', '亮码', '个人和企业展示服务码，查看和撤销授权'],
  ['space', '企业空间', '企业管理证照、代理人和用码记录'],
  ['admin', '管理', '管理员审批接入，查看记录、告警和审计'],
  ['embed', '嵌入服务码', '渠道在自己的页面中展示服务码'],
  ['jssdk', '应用页面 JSSDK', '应用页面取得用户凭据的方法和示例'],
  ['docs', '接口文档', '接口、签名方法和码格式说明'],
];

const { sections } = await (await fetch('/pages.json')).json();
const nav = document.querySelector('#sections');
for (const [name, title, text] of SECTIONS.filter(([name]) => sections.includes(name))) {
  const link = document.createElement('a');
  link.href = `/${name}/`;
  const strong = document.createElement('strong');
  strong.textContent = title;
  link.append(strong, text);
  const item = document.createElement('li');
  item.append(link);
  nav.firstElementChild.append(item);
  nav.hidden = false;
}
