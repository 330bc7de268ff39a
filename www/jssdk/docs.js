// The documentation page of the JSSDK: samples with this system's own address.
for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;
