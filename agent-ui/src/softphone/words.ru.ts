export const words = {
  'phone.online': 'Телефон подключён',
  'phone.starting': 'Телефон подключается…',
  'phone.offline': 'Телефон не подключён',
  'phone.off': 'Телефон выключен',
  'phone.legUp': 'Плечо поднято',
  'phone.quality': 'Потери {loss}%, джиттер {jitter} мс, задержка {rtt} мс',
  'phone.qualityPoor': 'Плохая связь: потери {loss}%, задержка {rtt} мс',
  'phone.problem.micRefused': 'Браузер не даёт микрофон.',
  'phone.problem.micRefused.do':
    'Нажмите на значок слева от адреса страницы, разрешите микрофон и нажмите «Повторить».',
  'phone.problem.noMicrophone': 'Микрофон не найден.',
  'phone.problem.noMicrophone.do': 'Подключите гарнитуру: телефон включится сам.',
  'phone.problem.micBusy': 'Микрофон занят другой программой.',
  'phone.problem.micBusy.do': 'Закройте её и нажмите «Повторить».',
  'phone.problem.insecurePage': 'Браузер даёт микрофон только защищённой странице.',
  'phone.problem.insecurePage.do': 'Откройте Dozvon по адресу, который начинается с https://.',
  'phone.problem.wssUnreachable': 'Браузер не может связаться со станцией.',
  'phone.problem.wssUnreachable.do':
    'Если её сертификат самоподписанный, откройте ссылку, примите его и вернитесь сюда: телефон подключится сам.',
  'phone.problem.wssLink': 'Открыть адрес станции',
  'phone.problem.registrationRefused': 'Станция не приняла телефон.',
  'phone.problem.registrationRefused.do':
    'Пробуем снова сами. Если через минуту не вышло, выйдите и войдите заново.',
  'phone.problem.noCredentials': 'Сервер не выдал доступ к телефону.',
  'phone.problem.noCredentials.do': 'Пробуем снова сами. Если через минуту не вышло, сообщите супервизору.',
  'phone.cleanMic': 'Шумоподавление микрофона',
  'phone.notifyTitle': 'Звонит {who}',
} as const;
