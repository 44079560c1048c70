"""Time zones by continent and country, named as in ``SitesManager.getTimezonesList``."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

# Country: zone | zone=City, if the city is not the last part of the zone. A country with one zone has no city.
_CONTINENTS = {
    "Africa": """
Algeria: Africa/Algiers; Angola: Africa/Luanda; Benin: Africa/Porto-Novo; Botswana: Africa/Gaborone;
Burkina Faso: Africa/Ouagadougou; Burundi: Africa/Bujumbura; Cameroon: Africa/Douala;
Cape Verde: Atlantic/Cape_Verde; Central African Republic: Africa/Bangui; Chad: Africa/Ndjamena;
Comoros: Indian/Comoro; Congo - Brazzaville: Africa/Brazzaville;
Congo - Kinshasa: Africa/Kinshasa | Africa/Lubumbashi; Côte d’Ivoire: Africa/Abidjan; Djibouti: Africa/Djibouti;
Egypt: Africa/Cairo; Equatorial Guinea: Africa/Malabo; Eritrea: Africa/Asmara; Eswatini: Africa/Mbabane;
Ethiopia: Africa/Addis_Ababa; Gabon: Africa/Libreville; Gambia: Africa/Banjul; Ghana: Africa/Accra;
Guinea: Africa/Conakry; Guinea-Bissau: Africa/Bissau; Kenya: Africa/Nairobi; Lesotho: Africa/Maseru;
Liberia: Africa/Monrovia; Libya: Africa/Tripoli; Madagascar: Indian/Antananarivo; Malawi: Africa/Blantyre;
Mali: Africa/Bamako; Mauritania: Africa/Nouakchott; Mauritius: Indian/Mauritius; Mayotte: Indian/Mayotte;
Morocco: Africa/Casablanca; Mozambique: Africa/Maputo; Namibia: Africa/Windhoek; Niger: Africa/Niamey;
Nigeria: Africa/Lagos; Rwanda: Africa/Kigali; Réunion: Indian/Reunion; Senegal: Africa/Dakar;
Seychelles: Indian/Mahe; Sierra Leone: Africa/Freetown; Somalia: Africa/Mogadishu;
South Africa: Africa/Johannesburg; South Sudan: Africa/Juba; St. Helena: Atlantic/St_Helena;
Sudan: Africa/Khartoum; São Tomé & Príncipe: Africa/Sao_Tome; Tanzania: Africa/Dar_es_Salaam; Togo: Africa/Lome;
Tunisia: Africa/Tunis; Uganda: Africa/Kampala; Western Sahara: Africa/El_Aaiun; Zambia: Africa/Lusaka;
Zimbabwe: Africa/Harare;
    """,
    "Antarctica": """
Antarctica: Antarctica/Casey | Antarctica/Davis | Antarctica/DumontDUrville=Dumont d’Urville | Antarctica/Mawson |
Antarctica/McMurdo | Antarctica/Palmer | Antarctica/Rothera | Antarctica/Syowa | Antarctica/Troll |
Antarctica/Vostok;
French Southern Territories: Indian/Kerguelen; South Georgia & South Sandwich Islands: Atlantic/South_Georgia;
    """,
    "Asia": """
Afghanistan: Asia/Kabul; Armenia: Asia/Yerevan; Azerbaijan: Asia/Baku; Bahrain: Asia/Bahrain;
Bangladesh: Asia/Dhaka; Bhutan: Asia/Thimphu; British Indian Ocean Territory: Indian/Chagos; Brunei: Asia/Brunei;
Cambodia: Asia/Phnom_Penh; China: Asia/Shanghai | Asia/Urumqi; Christmas Island: Indian/Christmas;
Cocos (Keeling) Islands: Indian/Cocos; Georgia: Asia/Tbilisi; Hong Kong SAR China: Asia/Hong_Kong;
India: Asia/Kolkata; Indonesia: Asia/Jakarta | Asia/Jayapura | Asia/Makassar | Asia/Pontianak; Iran: Asia/Tehran;
Iraq: Asia/Baghdad; Israel: Asia/Jerusalem; Japan: Asia/Tokyo; Jordan: Asia/Amman;
Kazakhstan: Asia/Almaty | Asia/Aqtau | Asia/Aqtobe | Asia/Atyrau | Asia/Qostanay=Kostanay | Asia/Oral |
Asia/Qyzylorda;
Kuwait: Asia/Kuwait; Kyrgyzstan: Asia/Bishkek; Laos: Asia/Vientiane; Lebanon: Asia/Beirut;
Macao SAR China: Asia/Macau; Malaysia: Asia/Kuala_Lumpur | Asia/Kuching; Maldives: Indian/Maldives;
Mongolia: Asia/Hovd | Asia/Ulaanbaatar; Myanmar (Burma): Asia/Yangon; Nepal: Asia/Kathmandu;
North Korea: Asia/Pyongyang; Oman: Asia/Muscat; Pakistan: Asia/Karachi;
Palestinian Territories: Asia/Gaza | Asia/Hebron; Philippines: Asia/Manila; Qatar: Asia/Qatar;
Saudi Arabia: Asia/Riyadh; Singapore: Asia/Singapore; South Korea: Asia/Seoul; Sri Lanka: Asia/Colombo;
Syria: Asia/Damascus; Taiwan: Asia/Taipei; Tajikistan: Asia/Dushanbe; Thailand: Asia/Bangkok;
Timor-Leste: Asia/Dili; Turkmenistan: Asia/Ashgabat; United Arab Emirates: Asia/Dubai;
Uzbekistan: Asia/Samarkand | Asia/Tashkent; Vietnam: Asia/Ho_Chi_Minh; Yemen: Asia/Aden;
    """,
    "Central America": """
Anguilla: America/Anguilla; Antigua & Barbuda: America/Antigua; Aruba: America/Aruba; Bahamas: America/Nassau;
Barbados: America/Barbados; Belize: America/Belize; Bermuda: Atlantic/Bermuda;
British Virgin Islands: America/Tortola; Caribbean Netherlands: America/Kralendijk;
Cayman Islands: America/Cayman; Costa Rica: America/Costa_Rica; Cuba: America/Havana; Curaçao: America/Curacao;
Dominica: America/Dominica; Dominican Republic: America/Santo_Domingo; El Salvador: America/El_Salvador;
Grenada: America/Grenada; Guadeloupe: America/Guadeloupe; Guatemala: America/Guatemala;
Haiti: America/Port-au-Prince; Honduras: America/Tegucigalpa; Jamaica: America/Jamaica;
Martinique: America/Martinique; Montserrat: America/Montserrat; Nicaragua: America/Managua;
Panama: America/Panama; Puerto Rico: America/Puerto_Rico; Sint Maarten: America/Lower_Princes;
St. Barthélemy: America/St_Barthelemy; St. Kitts & Nevis: America/St_Kitts; St. Lucia: America/St_Lucia;
St. Martin: America/Marigot; St. Vincent & Grenadines: America/St_Vincent;
Trinidad & Tobago: America/Port_of_Spain; Turks & Caicos Islands: America/Grand_Turk;
U.S. Virgin Islands: America/St_Thomas;
    """,
    "Europe": """
Albania: Europe/Tirane; Andorra: Europe/Andorra; Austria: Europe/Vienna; Belarus: Europe/Minsk;
Belgium: Europe/Brussels; Bosnia & Herzegovina: Europe/Sarajevo; Bulgaria: Europe/Sofia; Croatia: Europe/Zagreb;
Cyprus: Asia/Famagusta | Asia/Nicosia; Czechia: Europe/Prague; Denmark: Europe/Copenhagen;
Estonia: Europe/Tallinn; Faroe Islands: Atlantic/Faroe; Finland: Europe/Helsinki; France: Europe/Paris;
Germany: Europe/Berlin | Europe/Busingen; Gibraltar: Europe/Gibraltar; Greece: Europe/Athens;
Guernsey: Europe/Guernsey; Hungary: Europe/Budapest; Iceland: Atlantic/Reykjavik; Ireland: Europe/Dublin;
Isle of Man: Europe/Isle_of_Man; Italy: Europe/Rome; Jersey: Europe/Jersey; Latvia: Europe/Riga;
Liechtenstein: Europe/Vaduz; Lithuania: Europe/Vilnius; Luxembourg: Europe/Luxembourg; Malta: Europe/Malta;
Moldova: Europe/Chisinau; Monaco: Europe/Monaco; Montenegro: Europe/Podgorica; Netherlands: Europe/Amsterdam;
North Macedonia: Europe/Skopje; Norway: Europe/Oslo; Poland: Europe/Warsaw;
Portugal: Atlantic/Azores | Europe/Lisbon | Atlantic/Madeira; Romania: Europe/Bucharest;
Russia: Asia/Anadyr | Europe/Astrakhan | Asia/Barnaul | Asia/Chita | Asia/Irkutsk | Europe/Kaliningrad |
Asia/Kamchatka | Asia/Khandyga | Europe/Kirov | Asia/Krasnoyarsk | Asia/Magadan | Europe/Moscow |
Asia/Novokuznetsk | Asia/Novosibirsk | Asia/Omsk | Asia/Sakhalin | Europe/Samara | Europe/Saratov |
Asia/Srednekolymsk | Asia/Tomsk | Europe/Ulyanovsk | Asia/Ust-Nera | Asia/Vladivostok | Europe/Volgograd |
Asia/Yakutsk | Asia/Yekaterinburg;
San Marino: Europe/San_Marino; Serbia: Europe/Belgrade; Slovakia: Europe/Bratislava; Slovenia: Europe/Ljubljana;
Spain: Atlantic/Canary | Africa/Ceuta | Europe/Madrid; Svalbard & Jan Mayen: Arctic/Longyearbyen;
Sweden: Europe/Stockholm; Switzerland: Europe/Zurich; Türkiye: Europe/Istanbul;
Ukraine: Europe/Kyiv | Europe/Simferopol; United Kingdom: Europe/London; Vatican City: Europe/Vatican;
Åland Islands: Europe/Mariehamn;
    """,
    "North America": """
Canada: America/Atikokan | America/Blanc-Sablon | America/Cambridge_Bay | America/Creston | America/Dawson |
America/Dawson_Creek | America/Edmonton | America/Fort_Nelson | America/Glace_Bay | America/Goose_Bay |
America/Halifax | America/Inuvik | America/Iqaluit | America/Moncton | America/Rankin_Inlet | America/Regina |
America/Resolute | America/St_Johns=St. John’s | America/Swift_Current | America/Toronto | America/Vancouver |
America/Whitehorse | America/Winnipeg;
Greenland: America/Danmarkshavn | America/Scoresbysund=Ittoqqortoormiit | America/Nuuk | America/Thule;
Mexico: America/Bahia_Banderas=Bahía de Banderas | America/Cancun=Cancún | America/Chihuahua |
America/Ciudad_Juarez=Ciudad Juárez | America/Hermosillo | America/Matamoros | America/Mazatlan |
America/Mexico_City | America/Monterrey | America/Merida=Mérida | America/Ojinaga | America/Tijuana;
St. Pierre & Miquelon: America/Miquelon;
United States: America/Adak | America/Anchorage | America/North_Dakota/Beulah=Beulah, North Dakota | America/Boise
| America/North_Dakota/Center=Center, North Dakota | America/Chicago | America/Denver | America/Detroit |
Pacific/Honolulu | America/Indiana/Indianapolis | America/Juneau | America/Indiana/Knox=Knox, Indiana |
America/Los_Angeles | America/Kentucky/Louisville | America/Indiana/Marengo=Marengo, Indiana | America/Menominee |
America/Metlakatla | America/Kentucky/Monticello=Monticello, Kentucky | America/North_Dakota/New_Salem=New Salem,
North Dakota | America/New_York | America/Nome | America/Indiana/Petersburg=Petersburg, Indiana | America/Phoenix
| America/Sitka | America/Indiana/Tell_City=Tell City, Indiana | America/Indiana/Vevay=Vevay, Indiana |
America/Indiana/Vincennes=Vincennes, Indiana | America/Indiana/Winamac=Winamac, Indiana | America/Yakutat;
    """,
    "Oceania": """
American Samoa: Pacific/Pago_Pago;
Australia: Australia/Adelaide | Australia/Brisbane | Australia/Broken_Hill | Australia/Darwin | Australia/Eucla |
Australia/Hobart | Australia/Lindeman | Australia/Lord_Howe | Antarctica/Macquarie | Australia/Melbourne |
Australia/Perth | Australia/Sydney;
Cook Islands: Pacific/Rarotonga; Fiji: Pacific/Fiji;
French Polynesia: Pacific/Gambier | Pacific/Marquesas | Pacific/Tahiti; Guam: Pacific/Guam;
Kiribati: Pacific/Kanton | Pacific/Kiritimati | Pacific/Tarawa;
Marshall Islands: Pacific/Kwajalein | Pacific/Majuro;
Micronesia: Pacific/Chuuk | Pacific/Kosrae | Pacific/Pohnpei; Nauru: Pacific/Nauru; New Caledonia: Pacific/Noumea;
New Zealand: Pacific/Auckland | Pacific/Chatham; Niue: Pacific/Niue; Norfolk Island: Pacific/Norfolk;
Northern Mariana Islands: Pacific/Saipan; Palau: Pacific/Palau;
Papua New Guinea: Pacific/Bougainville | Pacific/Port_Moresby; Pitcairn Islands: Pacific/Pitcairn;
Samoa: Pacific/Apia; Solomon Islands: Pacific/Guadalcanal; Tokelau: Pacific/Fakaofo; Tonga: Pacific/Tongatapu;
Tuvalu: Pacific/Funafuti; U.S. Outlying Islands: Pacific/Midway | Pacific/Wake; Vanuatu: Pacific/Efate;
Wallis & Futuna: Pacific/Wallis;
    """,
    "South America": """
Argentina: America/Argentina/Buenos_Aires | America/Argentina/Catamarca | America/Argentina/Cordoba |
America/Argentina/Jujuy | America/Argentina/La_Rioja | America/Argentina/Mendoza | America/Argentina/Rio_Gallegos
| America/Argentina/Salta | America/Argentina/San_Juan | America/Argentina/San_Luis | America/Argentina/Tucuman |
America/Argentina/Ushuaia;
Bolivia: America/La_Paz;
Brazil: America/Araguaina | America/Bahia | America/Belem | America/Boa_Vista | America/Campo_Grande |
America/Cuiaba | America/Eirunepe | America/Fortaleza | America/Maceio | America/Manaus | America/Noronha |
America/Porto_Velho | America/Recife | America/Rio_Branco | America/Santarem | America/Sao_Paulo;
Chile: America/Coyhaique | Pacific/Easter | America/Punta_Arenas | America/Santiago; Colombia: America/Bogota;
Ecuador: Pacific/Galapagos | America/Guayaquil; Falkland Islands: Atlantic/Stanley;
French Guiana: America/Cayenne; Guyana: America/Guyana; Paraguay: America/Asuncion; Peru: America/Lima;
Suriname: America/Paramaribo; Uruguay: America/Montevideo; Venezuela: America/Caracas;
    """,
}

_OFFSETS = (
    *(half / 2 for half in range(-24, 12)),
    *(5.75, 6, 6.5, 7, 7.5, 8, 8.5, 8.75, 9, 9.5, 10, 10.5, 11, 11.5, 12, 12.75, 13, 13.75, 14),
)


def _named(entries: str) -> dict[str, str]:
    """Zone → display name."""
    names: dict[str, str] = {}
    for entry in " ".join(entries.split()).split(";"):
        country, _, zones = entry.strip().partition(": ")
        for zone in filter(None, zones.split(" | ")):
            name, _, city = zone.partition("=")
            city = city or name.rpartition("/")[2].replace("_", " ")
            names[name] = f"{country} - {city}" if " | " in zones else country
    return names


def _offset_name(hours: float, *, clock: bool) -> str:
    """``UTC+5.75``, or ``UTC+5:45`` with ``clock``."""
    if not hours:
        return "UTC"
    text = f"UTC{hours:+g}"
    for fraction, minutes in ((".25", ":15"), (".5", ":30"), (".75", ":45")) if clock else ():
        text = text.replace(fraction, minutes) if text.endswith(fraction) else text
    return text


@cache
def timezones() -> dict[str, dict[str, str]]:
    """Zone → display name, by continent."""
    by_continent = {continent: _named(entries) for continent, entries in _CONTINENTS.items()}
    offsets = {_offset_name(hours, clock=False): _offset_name(hours, clock=True) for hours in _OFFSETS}
    return {**by_continent, "UTC": offsets}


@cache
def timezone_name(name: str) -> str:
    """The display name of a zone."""
    return next((zones[name] for zones in timezones().values() if name in zones), name)


@cache
def zone(name: str) -> tzinfo:
    """The zone for one of Matomo's names: ``Europe/Berlin``, ``UTC``, ``UTC+5.75``."""
    if name == "UTC":
        return UTC
    if name.startswith("UTC"):
        return timezone(timedelta(hours=float(name[3:])))
    return ZoneInfo(name)
