// Runs in a page with Microsoft's renderer and markdown-it: draws a card into .frame, presses the button that
// begins with `unfold`, and returns the height of the card in CSS pixels and what there is to complain about.
window.drawCard = (card, hostConfig, unfold = '') => {
  const { AdaptiveCard, HostConfig, SerializationContext } = window.AdaptiveCards;
  AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = window.markdownit().render(text);
    result.didProcess = true;
  };
  const drawn = new AdaptiveCard();
  drawn.hostConfig = new HostConfig(hostConfig);
  const context = new SerializationContext();
  // The renderer checks `lang` with a regular expression that keeps its place, so it refuses every second card.
  drawn.parse({ ...card, lang: undefined }, context);
  const frame = document.querySelector('.frame');
  frame.replaceChildren(drawn.render());
  if (unfold) {
    const buttons = [...frame.querySelectorAll('.ac-pushButton')];
    buttons.find((button) => button.textContent.startsWith(unfold))?.click();
  }
  const complaints = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i).message);
  complaints.push(...drawn.validateProperties().validationEvents.map((event) => event.message));
  const overflow = document.documentElement.scrollWidth - window.innerWidth;
  if (overflow > 0) complaints.push(`${overflow} px wider than its place`);
  return { height: Math.ceil(frame.getBoundingClientRect().height), complaints };
};
