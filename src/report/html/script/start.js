// The table first: it is what can be used at once.
document.documentElement.classList.add("live");
byId("table").hidden = rows === 0;
choose();
measure();
performance.mark("bkdel-usable");
if (rows > 0) {
  setTimeout(() => {
    byId("timelines").hidden = false;
    showMore(5);
    performance.mark("bkdel-timelines");
  });
}
