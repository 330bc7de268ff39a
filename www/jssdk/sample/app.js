// A sample application page: shows what the JSSDK gives. A real one sends the ticket to its own server, which asks for the person.
(function () {
  'use strict';
  function tell(which) {
    return function (value) {
      document.getElementById('said').textContent += which + ': ' + (typeof value === 'string' ? value : JSON.stringify(value)) + '\n';
    };
  }
  function on(id, name) {
    document.getElementById(id).addEventListener('click', function () {
      lightAppJssdk.user[name]({ success: tell(name + ' success'), fail: tell(name + ' fail') });
    });
  }
  on('ticket', 'getTicket');
  on('login', 'loginapp');
  on('logout', 'logout');
}());
