// Says on the page that a passkey couldn't be used; django-allauth only tells the console.
(function () {
  document.addEventListener('allauth.error', function () {
    const problem = document.getElementById('passkey-problem')
    if (problem) problem.hidden = false
  })
})()
